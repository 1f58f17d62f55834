// SPDX-License-Identifier: MIT
// Modes and groups as chmod and chgrp take them; else a UsageError.
#ifndef TOOLS_KSEM_ACCESS_H_
#define TOOLS_KSEM_ACCESS_H_

#include <string>

namespace ksem_tool {

// Octal digits, 0..777.
unsigned parse_mode(const std::string& text);

// A name in /etc/group, or a number.
unsigned parse_group(const std::string& text);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_ACCESS_H_

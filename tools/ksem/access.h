// SPDX-License-Identifier: MIT
// Modes, groups and users as chmod, chgrp and chown take them.
#ifndef TOOLS_KSEM_ACCESS_H_
#define TOOLS_KSEM_ACCESS_H_

#include <optional>
#include <string>

namespace ksem_tool {

// Octal digits, 0..777.
std::optional<unsigned> find_mode(const std::string& text);

// A name in /etc/group, or a number.
std::optional<unsigned> find_group(const std::string& text);

// A name in /etc/passwd, or a number.
std::optional<unsigned> find_user(const std::string& text);

// The same, of --mode and --group; else a UsageError.
unsigned parse_mode(const std::string& text);
unsigned parse_group(const std::string& text);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_ACCESS_H_

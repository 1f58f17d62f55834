// SPDX-License-Identifier: MIT
#ifndef TOOLS_KSEM_JSON_H_
#define TOOLS_KSEM_JSON_H_

#include <string>
#include <string_view>

namespace ksem_tool {

// A JSON string, quotes included.  Each byte that is not UTF-8 becomes U+FFFD,
// as JSON has no bytes.
std::string json_string(std::string_view bytes);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_JSON_H_

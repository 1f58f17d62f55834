// SPDX-License-Identifier: MIT
// Numbers and durations as the files take them; else a UsageError that names
// the option.
#ifndef TOOLS_KSEM_NUMBER_H_
#define TOOLS_KSEM_NUMBER_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ksem_tool {

// Digits only, `least`..`most`.
int parse_number(std::string_view option, std::string_view text, int least,
                 int most = 2147483647);

// A number with an optional fraction and ns, us, ms, s, m, h or d behind it;
// seconds without.
std::chrono::nanoseconds parse_duration(std::string_view option,
                                        std::string_view text);

// What --timeout says; nothing if it is empty.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_NUMBER_H_

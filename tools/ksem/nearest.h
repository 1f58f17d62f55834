// SPDX-License-Identifier: MIT
// What somebody may have meant who mistyped a word.
#ifndef TOOLS_KSEM_NEAREST_H_
#define TOOLS_KSEM_NEAREST_H_

#include <string>
#include <string_view>
#include <vector>

namespace ksem_tool {

// The known word that takes the fewest changes of a letter; empty if more than
// half of the letters of `word` would change.
std::string nearest(std::string_view word,
                    const std::vector<std::string>& known);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_NEAREST_H_

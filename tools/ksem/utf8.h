// SPDX-License-Identifier: MIT
// Names are bytes; most are UTF-8, none has to be.
#ifndef TOOLS_KSEM_UTF8_H_
#define TOOLS_KSEM_UTF8_H_

#include <cstddef>
#include <string_view>

namespace ksem_tool {

struct Rune {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;  // otherwise it stands for one byte that is not UTF-8
};

// The first code point of a text that is not empty.
Rune first_rune(std::string_view text);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_UTF8_H_

// SPDX-License-Identifier: MIT
#include "tools/ksem/portion.h"

#include "tools/ksem/number.h"

namespace ksem_tool {
namespace {

Portion parse_portion(const std::string& word, int units) {
  const std::size_t colon = word.rfind(':');
  const bool has_number =
      colon != std::string::npos && colon + 1 < word.size() &&
      word.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!has_number) return {word, units};
  return {word.substr(0, colon),
          parse_number("the units of " + word.substr(0, colon),
                       word.substr(colon + 1), 1)};
}

}  // namespace

std::vector<Portion> parse_portions(const std::vector<std::string>& words,
                                    int units) {
  std::vector<Portion> portions;
  portions.reserve(words.size());
  for (const std::string& word : words) {
    portions.push_back(parse_portion(word, units));
  }
  return portions;
}

}  // namespace ksem_tool

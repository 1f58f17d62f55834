// SPDX-License-Identifier: MIT
#include "tools/ksem/utf8.h"

namespace ksem_tool {
namespace {

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// Too long an encoding, a surrogate or past the end of Unicode.
bool allowed(char32_t code, std::size_t bytes) {
  static constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code >= kLeast[bytes] && code <= 0x10ffff &&
         (code < 0xd800 || code > 0xdfff);
}

}  // namespace

Rune first_rune(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};

  Rune rune;
  if ((lead & 0xe0) == 0xc0) {
    rune = {lead & 0x1fU, 2, true};
  } else if ((lead & 0xf0) == 0xe0) {
    rune = {lead & 0x0fU, 3, true};
  } else if ((lead & 0xf8) == 0xf0) {
    rune = {lead & 0x07U, 4, true};
  } else {
    return {lead, 1, false};
  }
  if (text.size() < rune.bytes) return {lead, 1, false};
  for (std::size_t i = 1; i < rune.bytes; i++) {
    if (!continues(byte(i))) return {lead, 1, false};
    rune.code = rune.code << 6 | (byte(i) & 0x3fU);
  }
  return allowed(rune.code, rune.bytes) ? rune : Rune{lead, 1, false};
}

}  // namespace ksem_tool

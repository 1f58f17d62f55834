// SPDX-License-Identifier: MIT
#include "tools/ksem/json.h"

#include <cstdio>

#include "tools/ksem/utf8.h"

namespace ksem_tool {

std::string json_string(std::string_view bytes) {
  std::string out = "\"";
  while (!bytes.empty()) {
    const Rune rune = first_rune(bytes);
    if (!rune.valid) {
      out += "\\ufffd";
    } else if (rune.code == '"' || rune.code == '\\') {
      out += '\\';
      out += bytes.front();
    } else if (rune.code < 0x20 || rune.code == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x",
                    static_cast<unsigned>(rune.code));
      out += escape;
    } else {
      out += bytes.substr(0, rune.bytes);
    }
    bytes.remove_prefix(rune.bytes);
  }
  return out + "\"";
}

}  // namespace ksem_tool

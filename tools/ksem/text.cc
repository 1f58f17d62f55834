// SPDX-License-Identifier: MIT
#include "tools/ksem/text.h"

#include <langinfo.h>
#include <wchar.h>
#include <wctype.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "tools/ksem/utf8.h"

namespace ksem_tool {
namespace {

// They reorder or hide what follows, or show as nothing or as a blank, so one
// name could pose as another.
constexpr struct {
  char32_t first;
  char32_t last;
} kHide[] = {{0x00ad, 0x00ad},     // soft hyphen
             {0x034f, 0x034f},     // combining grapheme joiner
             {0x061c, 0x061c},     // Arabic letter mark
             {0x180e, 0x180e},     // Mongolian vowel separator
             {0x200b, 0x200f},     // zero width, directions
             {0x202a, 0x202e},     // directions
             {0x2060, 0x206f},     // word joiner, directions
             {0x3164, 0x3164},     // Hangul filler
             {0xfeff, 0xfeff},     // zero width no-break space
             {0xe0000, 0xe007f}};  // tags

bool hides(char32_t code) {
  return std::any_of(std::begin(kHide), std::end(kHide), [&](const auto& them) {
    return code >= them.first && code <= them.last;
  });
}

bool shown_as_is(const Rune& rune) {
  if (!rune.valid) return false;
  if (rune.code < 0x80) return rune.code >= 0x20 && rune.code != 0x7f;
  return shows_utf8() && !hides(rune.code) &&
         iswprint(static_cast<wint_t>(rune.code));
}

std::size_t rune_cells(const Rune& rune) {
  if (rune.code < 0x80) return 1;
  const int width = wcwidth(static_cast<wchar_t>(rune.code));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

void append_escaped(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      char hex[5];
      std::snprintf(hex, sizeof(hex), "\\x%02x", static_cast<unsigned char>(c));
      out += hex;
    }
  }
}

}  // namespace

bool shows_utf8() {
  static const bool kUtf8 = std::setlocale(LC_CTYPE, "") &&
                            std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  return kUtf8;
}

std::string printable(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const Rune rune = first_rune(name);
    const std::string_view bytes = name.substr(0, rune.bytes);
    if (bytes == "\\") {
      out += "\\\\";
    } else if (shown_as_is(rune)) {
      out += bytes;
    } else {
      append_escaped(bytes, out);
    }
    name.remove_prefix(rune.bytes);
  }
  return out;
}

std::size_t cells(std::string_view printable_text) {
  std::size_t sum = 0;
  while (!printable_text.empty()) {
    const Rune rune = first_rune(printable_text);
    sum += rune_cells(rune);
    printable_text.remove_prefix(rune.bytes);
  }
  return sum;
}

std::string shorten(std::string_view printable_text, std::size_t width) {
  if (cells(printable_text) <= width) return std::string(printable_text);
  if (width == 0) return "";
  std::string out;
  std::size_t used = 0;
  while (!printable_text.empty()) {
    const Rune rune = first_rune(printable_text);
    used += rune_cells(rune);
    if (used > width - 1) break;
    out += printable_text.substr(0, rune.bytes);
    printable_text.remove_prefix(rune.bytes);
  }
  return out + (shows_utf8() ? "…" : "~");
}

std::string shell_word(std::string_view name) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-.,:+@%/=";
  if (!name.empty() &&
      name.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(name);
  }
  // Where it needs escapes, $'…' is the only form that has them.
  const std::string shown = printable(name);
  const bool escapes = shown != name;
  std::string out = escapes ? "$'" : "'";
  for (const char c : shown) {
    if (c == '\'') {
      out += escapes ? "\\'" : "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string name_word(std::string_view name) {
  return (name.starts_with('-') ? "-- " : "") + shell_word(name);
}

}  // namespace ksem_tool

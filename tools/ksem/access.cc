// SPDX-License-Identifier: MIT
#include "tools/ksem/access.h"

#include <grp.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include "tools/ksem/cli.h"

namespace ksem_tool {
namespace {

constexpr unsigned kMostAccess = 0777;
constexpr int kOctal = 8;
constexpr int kDecimal = 10;
constexpr unsigned kNoGroup = ~0U;

// Nothing but digits.
std::optional<unsigned> number(const std::string& text, int base) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// In /etc/group.  Not getgrnam(): that loads libraries, which a static program
// can't count on.
const group* find_group(const auto& is_it) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/etc/group", "re"), std::fclose);
  if (!file) return nullptr;
  const group* entry;
  do {
    entry = fgetgrent(file.get());
  } while (entry && !is_it(*entry));
  return entry;
}

std::optional<unsigned> named_group(const std::string& name) {
  const group* const entry =
      find_group([&](const group& it) { return name == it.gr_name; });
  if (!entry) return std::nullopt;
  return entry->gr_gid;
}

}  // namespace

unsigned parse_mode(const std::string& text) {
  const std::optional<unsigned> mode = number(text, kOctal);
  if (mode && *mode <= kMostAccess) return *mode;
  throw UsageError("--mode " + text + ": give octal digits, 0 to 777");
}

std::string show_mode(unsigned mode) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "%03o", mode);
  return text.data();
}

unsigned parse_group(const std::string& text) {
  std::optional<unsigned> found = named_group(text);
  if (!found) found = number(text, kDecimal);
  if (found && *found != kNoGroup) return *found;
  throw UsageError("--group " + text + ": no such group in /etc/group");
}

std::string show_group(unsigned number) {
  const group* const entry =
      find_group([&](const group& it) { return number == it.gr_gid; });
  return entry ? entry->gr_name : std::to_string(number);
}

}  // namespace ksem_tool

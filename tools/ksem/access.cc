// SPDX-License-Identifier: MIT
#include "tools/ksem/access.h"

#include <grp.h>

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

// Not getgrnam(): that loads libraries, which a static program can't count on.
std::optional<unsigned> named_group(const std::string& name) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/etc/group", "re"), std::fclose);
  if (!file) return std::nullopt;
  while (const group* const entry = fgetgrent(file.get())) {
    if (name == entry->gr_name) return entry->gr_gid;
  }
  return std::nullopt;
}

}  // namespace

unsigned parse_mode(const std::string& text) {
  const std::optional<unsigned> mode = number(text, kOctal);
  if (mode && *mode <= kMostAccess) return *mode;
  throw UsageError("--mode " + text + ": give octal digits, 0 to 777");
}

unsigned parse_group(const std::string& text) {
  std::optional<unsigned> found = named_group(text);
  if (!found) found = number(text, kDecimal);
  if (found && *found != kNoGroup) return *found;
  throw UsageError("--group " + text + ": no such group in /etc/group");
}

}  // namespace ksem_tool

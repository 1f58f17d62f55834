// SPDX-License-Identifier: MIT
#include "tools/ksem/access.h"

#include <grp.h>
#include <pwd.h>

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
constexpr unsigned kNobody = ~0U;  // to chown(), nothing to change

// Nothing but digits.
std::optional<unsigned> number(const std::string& text, int base) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

// Not getgrnam() and getpwnam(): they load libraries, which a static program
// can't count on.
std::optional<unsigned> named_group(const std::string& name) {
  const File file(std::fopen("/etc/group", "re"), std::fclose);
  if (!file) return std::nullopt;
  while (const group* const entry = fgetgrent(file.get())) {
    if (name == entry->gr_name) return entry->gr_gid;
  }
  return std::nullopt;
}

std::optional<unsigned> named_user(const std::string& name) {
  const File file(std::fopen("/etc/passwd", "re"), std::fclose);
  if (!file) return std::nullopt;
  while (const passwd* const entry = fgetpwent(file.get())) {
    if (name == entry->pw_name) return entry->pw_uid;
  }
  return std::nullopt;
}

std::optional<unsigned> named_or_number(std::optional<unsigned> named,
                                        const std::string& text) {
  if (!named) named = number(text, kDecimal);
  return named && *named != kNobody ? named : std::nullopt;
}

}  // namespace

std::optional<unsigned> find_mode(const std::string& text) {
  const std::optional<unsigned> mode = number(text, kOctal);
  return mode && *mode <= kMostAccess ? mode : std::nullopt;
}

std::optional<unsigned> find_group(const std::string& text) {
  return named_or_number(named_group(text), text);
}

std::optional<unsigned> find_user(const std::string& text) {
  return named_or_number(named_user(text), text);
}

unsigned parse_mode(const std::string& text) {
  if (const auto mode = find_mode(text)) return *mode;
  throw UsageError("--mode " + text + ": give octal digits, 0 to 777");
}

unsigned parse_group(const std::string& text) {
  if (const auto group = find_group(text)) return *group;
  throw UsageError("--group " + text + ": no such group in /etc/group");
}

}  // namespace ksem_tool

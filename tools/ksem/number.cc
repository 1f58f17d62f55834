// SPDX-License-Identifier: MIT
#include "tools/ksem/number.h"

#include <charconv>
#include <cstdint>
#include <limits>

#include "tools/ksem/cli.h"

namespace ksem_tool {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string about(std::string_view option, std::string_view text) {
  return std::string(option) + " " + std::string(text) + ": ";
}

[[noreturn]] void bad_duration(std::string_view option, std::string_view text) {
  throw UsageError(about(option, text) +
                   "not a duration; give 250ms, 1.5s, 2m, or a number of "
                   "seconds");
}

// 0 if there is no such unit.
std::int64_t unit_ns(std::string_view unit) {
  static constexpr struct {
    std::string_view name;
    std::int64_t ns;
  } kUnits[] = {{"", 1'000'000'000},
                {"ns", 1},
                {"us", 1'000},
                {"ms", 1'000'000},
                {"s", 1'000'000'000},
                {"m", 60'000'000'000},
                {"h", 3'600'000'000'000},
                {"d", 86'400'000'000'000}};
  for (const auto& known : kUnits) {
    if (known.name == unit) return known.ns;
  }
  return 0;
}

}  // namespace

int parse_number(std::string_view option, std::string_view text, int least,
                 int most) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  // from_chars takes a minus.
  const bool digits = !text.empty() && is_digit(text.front()) && stop == end;
  if (!digits || error != std::errc() || number < least || number > most) {
    throw UsageError(about(option, text) + "give a number from " +
                     std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

std::chrono::nanoseconds parse_duration(std::string_view option,
                                        std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) digits++;
  std::size_t point = digits;
  if (point < text.size() && text[point] == '.') {
    do {
      point++;
    } while (point < text.size() && is_digit(text[point]));
  }
  const std::int64_t unit = unit_ns(text.substr(point));
  if (digits == 0 || point == digits + 1 || unit == 0) {
    bad_duration(option, text);
  }

  std::int64_t whole = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + digits, whole);
  std::int64_t ns = 0;
  if (error != std::errc() || __builtin_mul_overflow(whole, unit, &ns)) {
    throw UsageError(about(option, text) + "too long; 292 years is the most");
  }
  std::int64_t tenth = unit;
  for (std::size_t i = digits + 1; i < point; i++) {
    tenth /= 10;
    if (__builtin_add_overflow(ns, tenth * (text[i] - '0'), &ns)) {
      throw UsageError(about(option, text) + "too long; 292 years is the most");
    }
  }
  return std::chrono::nanoseconds(ns);
}

std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return parse_duration("--timeout", text);
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include "tools/ksem/listing.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tools/ksem/access.h"
#include "tools/ksem/json.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

class Object {
 public:
  Object& add(const char* name, const std::string& value) {
    text_ +=
        (text_.empty() ? "{\"" : ", \"") + std::string(name) + "\": " + value;
    return *this;
  }
  Object& add(const char* name, bool value) {
    return add(name, std::string(value ? "true" : "false"));
  }
  template <typename Value>
  Object& add(const char* name, const std::optional<Value>& value) {
    if (!value) return add(name, std::string("null"));
    if constexpr (std::is_same_v<Value, bool>) return add(name, *value);
    return add(name, std::to_string(*value));
  }

  std::string text() const { return text_ + "}"; }

 private:
  std::string text_;
};

std::string as_json(const Details& details) {
  const Reading& reading = details.reading;
  Object object;
  object.add("name", json_string(reading.name))
      .add("value", std::to_string(reading.value))
      .add("max", std::to_string(reading.max))
      .add("waiters", std::to_string(reading.waiters))
      .add("order", json_string(order_name(reading.order)))
      .add("fair", reading.fair)
      .add("undo", details.undo)
      .add("mappable", details.mappable)
      .add("record", details.record)
      .add("shutdown", details.reading.shutdown)
      .add("mode", details.mode ? json_string(show_mode(*details.mode))
                                : std::string("null"))
      .add("owner", details.owner)
      .add("group", details.group);
  for (std::size_t i = 0; i < std::size(kCounters); i++) {
    object.add(kCounters[i], details.counters[i]);
  }
  return object.text();
}

// Three digits that count, as "1.25s".
std::string short_time(std::uint64_t ns) {
  static constexpr struct {
    const char* name;
    double ns;
  } kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  const auto number = static_cast<double>(ns);
  std::size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && number >= kUnits[unit + 1].ns) unit++;
  std::array<char, 40> text;
  const double shown = number / kUnits[unit].ns;
  const int digits = unit == 0 || shown >= 100 ? 0 : shown >= 10 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f%s", digits, shown,
                kUnits[unit].name);
  return text.data();
}

// What isn't as mkdir has it.
std::string rules(const Details& details) {
  std::string text;
  const auto add = [&text](bool is_so, const char* word) {
    if (!is_so) return;
    if (!text.empty()) text += ',';
    text += word;
  };
  add(details.reading.shutdown, "shutdown");
  add(!details.reading.fair, "unfair");
  add(details.undo, "undo");
  add(!details.mappable, "unmappable");
  add(details.record, "record");
  return text.empty() ? "-" : text;
}

using Line = std::vector<std::string>;

// kCounters as columns.
constexpr const char* kCounterTitles[] = {
    "ACQUIRED",    "POSTED", "CONTENDED", "TIMEOUTS",
    "INTERRUPTED", "WAITED", "LONGEST"};

Line title() {
  Line line = {"NAME", "VALUE", "MAX", "WAITERS", "ORDER", "RULES"};
  line.insert(line.end(), std::begin(kCounterTitles), std::end(kCounterTitles));
  return line;
}

Line as_line(const Details& details) {
  const Reading& reading = details.reading;
  Line line = {printable(reading.name),     std::to_string(reading.value),
               std::to_string(reading.max), std::to_string(reading.waiters),
               order_name(reading.order),   rules(details)};
  for (std::size_t i = 0; i < std::size(kCounters); i++) {
    const auto& count = details.counters[i];
    const bool is_time = std::string_view(kCounters[i]).starts_with("wait_ns");
    line.push_back(!count    ? "-"
                   : is_time ? short_time(*count)
                             : std::to_string(*count));
  }
  return line;
}

// Words are at the left, numbers at the right.
bool is_word(std::size_t column) {
  return column == 0 || column == 4 || column == 5;
}

std::string aligned(const std::vector<Line>& lines) {
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); i++) {
      widths[i] = std::max(widths[i], cells(line[i]));
    }
  }
  std::string text;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); i++) {
      const std::string pad(widths[i] - cells(line[i]), ' ');
      text += i ? "  " : "";
      text += is_word(i) ? line[i] + pad : pad + line[i];
    }
    text += '\n';
  }
  return text;
}

std::string entry(const char* label, const std::string& value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%-14s ",
                (std::string(label) + ":").c_str());
  return text.data() + value + "\n";
}

std::string as_block(const Details& details) {
  const Reading& reading = details.reading;
  std::string text = entry("name", printable(reading.name));
  if (details.reading.shutdown) {
    text += entry("shutdown", "1 (every wait and every post fails, for ever)");
  }
  text += entry("value", std::to_string(reading.value)) +
          entry("max", std::to_string(reading.max)) +
          entry("waiters", std::to_string(reading.waiters)) +
          entry("order", order_name(reading.order)) +
          entry("fair", reading.fair ? "1" : "0") +
          entry("undo", details.undo ? "1" : "0") +
          entry("mappable", details.mappable ? "1" : "0") +
          entry("record", details.record ? "1" : "0");
  if (!details.reading.shutdown) text += entry("shutdown", "0");
  if (details.mode) {
    text += entry("device", printable(device_path(reading.name)) + ", mode " +
                                show_mode(*details.mode) + ", owner " +
                                std::to_string(details.owner.value_or(0)) +
                                ", group " +
                                std::to_string(details.group.value_or(0)));
  }
  for (std::size_t i = 0; i < std::size(kCounters); i++) {
    if (!details.counters[i]) continue;
    text += entry(kCounters[i], std::to_string(*details.counters[i]));
  }
  return text;
}

}  // namespace

std::string as_json(const std::vector<Details>& all) {
  std::string text = "[";
  const char* before = "\n  ";
  for (const Details& details : all) {
    text += before + as_json(details);
    before = ",\n  ";
  }
  return text + (all.empty() ? "]\n" : "\n]\n");
}

std::string as_table(const std::vector<Details>& all) {
  std::vector<Line> lines = {title()};
  for (const Details& details : all) lines.push_back(as_line(details));
  return aligned(lines);
}

std::string as_blocks(const std::vector<Details>& all) {
  std::string text;
  for (const Details& details : all) {
    if (!text.empty()) text += '\n';
    text += as_block(details);
  }
  return text;
}

}  // namespace ksem_tool

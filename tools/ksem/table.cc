// SPDX-License-Identifier: MIT
#include "tools/ksem/table.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr char kBold[] = "\033[1m";
constexpr char kDim[] = "\033[2m";
constexpr char kRed[] = "\033[31m";
constexpr char kGreen[] = "\033[32m";
constexpr char kYellow[] = "\033[33m";
constexpr char kAlarm[] = "\033[1;41m";

constexpr int kChangeWidth = 5;
constexpr int kOrder = 8;
constexpr int kMostTrend = 20;
constexpr int kLeastTrend = 5;

using Field = int Reading::*;

struct Layout {
  int name = 4;
  int value = 5;
  int max = 3;
  int waiters = 7;
  int stuck = 0;  // 0: nobody is
  int trend = 0;  // of value, and again of waiters; 0: there is no room
  bool colour;
  Clock::time_point now;
};

int length(int number) {
  return static_cast<int>(std::to_string(number).size());
}

using Chosen = std::vector<std::pair<std::string, const Row*>>;

std::string stuck(const Row& row, const Layout& layout) {
  const auto time = row.starved(layout.now).count();
  return time ? std::to_string(time) + "s" : "";
}

Layout lay_out(const Chosen& rows, int columns, bool colour) {
  constexpr int kStuckTitle = 5;
  Layout layout;
  layout.colour = colour;
  layout.now = Clock::now();
  int name = layout.name;
  for (const auto& [raw_name, row] : rows) {
    name = std::max(name, static_cast<int>(cells(printable(raw_name))));
    if (!row->now) continue;
    layout.value = std::max(layout.value, length(row->now->value));
    layout.max = std::max(layout.max, length(row->now->max));
    layout.waiters = std::max(layout.waiters, length(row->now->waiters));
    const auto time = static_cast<int>(stuck(*row, layout).size());
    if (time) layout.stuck = std::max({layout.stuck, kStuckTitle, time});
  }
  constexpr int kGaps = 3 * 2 + 2 * (1 + kChangeWidth);
  const int numbers = layout.value + layout.max + layout.waiters + kGaps +
                      kOrder + (layout.stuck ? 2 + layout.stuck : 0);
  // The last column stays free: to clear the rest of a line from there would
  // take its last character along.
  const int room = columns - 1 - numbers;
  layout.name = std::clamp(room, layout.name, name);
  const int trend = (room - layout.name) / 2 - 1;
  if (trend >= kLeastTrend) layout.trend = std::min(trend, kMostTrend);
  return layout;
}

std::string right(const std::string& text, int width) {
  const int pad = width - static_cast<int>(cells(text));
  return std::string(static_cast<std::size_t>(std::max(pad, 0)), ' ') + text;
}

std::string left(const std::string& text, int width) {
  const std::string fitting = shorten(text, static_cast<std::size_t>(width));
  const int pad = width - static_cast<int>(cells(fitting));
  return fitting + std::string(static_cast<std::size_t>(pad), ' ');
}

std::string change(const Row& row, Field field) {
  const long long by =
      row.before ? 0LL + *row.now.*field - *row.before.*field : 0;
  if (by == 0) return "";
  if (by > 9999) return "++++";
  if (by < -9999) return "----";
  return (by > 0 ? "+" : "") + std::to_string(by);
}

// The latest at the right; as high as the highest of those shown.
std::string trend(const Row& row, Field field, int width) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄",
                                          "▅", "▆", "▇", "█"};
  static constexpr const char* kPlainBars[] = {"_", ".", "-", "~",
                                               "=", "+", "*", "#"};
  const auto& bars = shows_utf8() ? kBars : kPlainBars;
  const auto& past = row.past;
  const auto count = std::min(past.size(), static_cast<std::size_t>(width));
  const auto from = past.end() - static_cast<std::ptrdiff_t>(count);
  int highest = 1;
  for (auto it = from; it != past.end(); ++it) {
    highest = std::max(highest, *it.*field);
  }
  std::string out(static_cast<std::size_t>(width) - count, ' ');
  for (auto it = from; it != past.end(); ++it) {
    // Rounded up: only 0 looks like 0.
    out += bars[(7LL * (*it.*field) + highest - 1) / highest];
  }
  return out;
}

std::string painted(const char* colour, const std::string& text,
                    const Layout& layout) {
  return layout.colour ? colour + text + "\033[m" : text;
}

// A number, how it has changed, and its past if there is room.
std::string column(const Row& row, Field field, int width, const char* colour,
                   const Layout& layout) {
  std::string out = right(std::to_string(*row.now.*field), width);
  if (colour) out = painted(colour, out, layout);
  const std::string changed = row.is_new() ? "new" : change(row, field);
  out += " " + left(changed, kChangeWidth);
  if (layout.trend) out += " " + trend(row, field, layout.trend);
  return out;
}

std::string title(const Layout& layout) {
  const int more = 1 + kChangeWidth + (layout.trend ? 1 + layout.trend : 0);
  return left("NAME", layout.name) + "  " +
         left(right("VALUE", layout.value), layout.value + more) + "  " +
         right("MAX", layout.max) + "  " +
         left(right("WAITERS", layout.waiters), layout.waiters + more) +
         (layout.stuck ? "  " + left("ORDER", kOrder) + "  " +
                             right("STUCK", layout.stuck)
                       : "  ORDER");
}

std::string line(const std::string& name, const Row& row,
                 const Layout& layout) {
  const std::string shown = left(printable(name), layout.name) + "  ";
  if (!row.now) {
    const char* const why = row.past.empty() ? "not there" : "gone";
    return painted(kDim, shown + why, layout);
  }
  const bool short_of_units = row.now->waiters > 0;
  const std::string time = stuck(row, layout);
  // In the order's place: nobody is served any more.
  const char* const order =
      row.now->shutdown ? "shutdown" : order_name(row.now->order);
  const std::string end =
      time.empty() ? order
                   : left(order, kOrder) + "  " +
                         painted(kAlarm, right(time, layout.stuck), layout);
  return (row.is_new() ? painted(kGreen, shown, layout) : shown) +
         column(row, &Reading::value, layout.value,
                short_of_units ? kRed : nullptr, layout) +
         "  " + right(std::to_string(row.now->max), layout.max) + "  " +
         column(row, &Reading::waiters, layout.waiters,
                short_of_units ? kYellow : nullptr, layout) +
         "  " + end;
}

}  // namespace

std::string draw_table(const Board& board, View& view, std::string_view heading,
                       std::string_view keys, Screen::Size size, bool colour) {
  const Chosen rows = view.choose(board);
  const Layout layout = lay_out(rows, size.columns, colour);
  const std::string first =
      std::string(heading) + "; " + view.text() + "; " + std::string(keys);
  std::vector<std::string> lines = {left(first, size.columns - 1),
                                    painted(kBold, title(layout), layout)};
  const auto height = static_cast<std::size_t>(size.rows);
  // The last line says what doesn't fit.
  const bool fits = lines.size() + rows.size() <= height;
  const std::size_t others = lines.size() + (fits ? 0 : 1);
  const std::size_t room = height - std::min(height, others);
  const std::size_t from = view.scroll(rows.size(), room);
  const std::size_t to = std::min(rows.size(), from + room);
  for (std::size_t i = from; i < to; i++) {
    lines.push_back(line(rows[i].first, *rows[i].second, layout));
  }
  if (rows.empty()) {
    lines.emplace_back(board.rows().empty()
                           ? "no semaphores yet; see: ksem create --help"
                           : "none of that name");
  }
  if (!fits) {
    lines.push_back(left(std::to_string(from + 1) + "-" + std::to_string(to) +
                             " of " + std::to_string(rows.size()) +
                             "; arrows, PgUp, PgDn: the others",
                         size.columns - 1));
  }
  lines.resize(std::min(lines.size(), height));

  std::string out;
  for (const std::string& each : lines) {
    if (!out.empty()) out += '\n';
    out += each;
  }
  return out;
}

}  // namespace ksem_tool

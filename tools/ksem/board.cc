// SPDX-License-Identifier: MIT
#include "tools/ksem/board.h"

#include <utility>

namespace ksem_tool {
namespace {

// One that has gone stays on the board that long, for the eye to notice.
constexpr int kLooksWithout = 5;

void remember(Row& row) {
  if (row.is_new()) row.past.clear();
  row.past.push_back(*row.now);
  if (row.past.size() > Board::kPast) row.past.pop_front();
  row.looks_without = 0;
}

// As long as somebody waits, every unit is taken by the kernel, which counts.
void see_whether_served(Row& row, Clock::time_point now) {
  if (!row.now || row.now->waiters == 0) {
    row.unserved_since.reset();
    return;
  }
  const auto acquired = read_acquired(row.now->name);
  if (!acquired) return;
  if (!row.unserved_since || *acquired != row.acquired) {
    row.unserved_since = now;
  }
  row.acquired = *acquired;
}

}  // namespace

std::chrono::seconds Row::starved(Clock::time_point at) const {
  constexpr std::chrono::seconds kLong(3);
  if (!unserved_since) return {};
  const auto time =
      std::chrono::floor<std::chrono::seconds>(at - *unserved_since);
  return time < kLong ? std::chrono::seconds(0) : time;
}

void Board::look() {
  const std::vector<std::string> all = all_names();
  for (auto& [name, row] : rows_) {
    row.before = std::exchange(row.now, std::nullopt);
    row.looks_without++;
  }
  for (const std::string& name : names_.empty() ? all : names_) {
    Row& row = rows_[name];
    row.now = read_if_there(name);
    if (row.now) remember(row);
    see_whether_served(row, Clock::now());
  }
  if (names_.empty()) forget_the_gone();
}

void Board::forget_the_gone() {
  std::erase_if(rows_, [](const auto& entry) {
    return entry.second.looks_without > kLooksWithout;
  });
}

}  // namespace ksem_tool

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

}  // namespace

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
  }
  if (names_.empty()) forget_the_gone();
}

void Board::forget_the_gone() {
  std::erase_if(rows_, [](const auto& entry) {
    return entry.second.looks_without > kLooksWithout;
  });
}

}  // namespace ksem_tool

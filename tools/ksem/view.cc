// SPDX-License-Identifier: MIT
#include "tools/ksem/view.h"

#include <algorithm>

#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr int kBackspace = 0x7f;

bool is_text(int key) { return key >= ' ' && key <= 0xff && key != kBackspace; }

// The last character, which can be several bytes of UTF-8.
void drop_last(std::string& text) {
  const auto follows = [](char c) { return (c & 0xc0) == 0x80; };
  while (!text.empty() && follows(text.back())) text.pop_back();
  if (!text.empty()) text.pop_back();
}

int waiters(const Row& row) { return row.now ? row.now->waiters : -1; }

// Those that have gone come last.
int value(const Row& row) { return row.now ? row.now->value : ksem::kMax; }

}  // namespace

bool View::press(int key) {
  if (editing_ && edit(key)) return true;
  const auto page = static_cast<std::ptrdiff_t>(room_);
  switch (key) {
    case Screen::kUp:
    case 'k':
      move(-1);
      return true;
    case Screen::kDown:
    case 'j':
      move(1);
      return true;
    case Screen::kPageUp:
      move(-page);
      return true;
    case Screen::kPageDown:
    case ' ':
      move(page);
      return true;
    case Screen::kHome:
    case 'g':
      first_ = 0;
      return true;
    case Screen::kEnd:
    case 'G':
      first_ = std::string::npos;
      return true;
    case 's':
      sort_ = sort_ == Sort::kName      ? Sort::kWaiters
              : sort_ == Sort::kWaiters ? Sort::kValue
                                        : Sort::kName;
      first_ = 0;
      return true;
    case '/':
      editing_ = true;
      filter_.clear();
      return true;
    case Screen::kEscape:
      filter_.clear();
      return true;
    default:
      return false;
  }
}

bool View::edit(int key) {
  if (is_text(key)) {
    filter_ += static_cast<char>(key);
  } else if (key == kBackspace || key == '\b') {
    drop_last(filter_);
  } else if (key == '\n' || key == '\r') {
    editing_ = false;
  } else if (key == Screen::kEscape) {
    editing_ = false;
    filter_.clear();
  } else {
    return false;
  }
  first_ = 0;
  return true;
}

void View::move(std::ptrdiff_t by) {
  const auto back = static_cast<std::size_t>(-by);
  if (by < 0) {
    first_ -= std::min(first_, back);
  } else if (first_ != std::string::npos) {
    first_ += static_cast<std::size_t>(by);
  }
}

std::vector<std::pair<std::string, const Row*>> View::choose(
    const Board& board) const {
  std::vector<std::pair<std::string, const Row*>> rows;
  for (const auto& [name, row] : board.rows()) {
    if (name.find(filter_) != std::string::npos) rows.emplace_back(name, &row);
  }
  // The board has them by name, and equals stay so.
  if (sort_ == Sort::kWaiters) {
    std::stable_sort(rows.begin(), rows.end(), [](auto& a, auto& b) {
      return waiters(*a.second) > waiters(*b.second);
    });
  } else if (sort_ == Sort::kValue) {
    std::stable_sort(rows.begin(), rows.end(), [](auto& a, auto& b) {
      return value(*a.second) < value(*b.second);
    });
  }
  return rows;
}

std::size_t View::scroll(std::size_t count, std::size_t room) {
  room_ = std::max<std::size_t>(room, 1);
  first_ = std::min(first_, count - std::min(count, room));
  return first_;
}

std::string View::text() const {
  constexpr const char* kSorts[] = {"by name", "by waiters", "by value"};
  std::string text = kSorts[static_cast<int>(sort_)];
  if (editing_ || !filter_.empty()) {
    text += ", with '" + printable(filter_) + (editing_ ? "_" : "") + "'";
  }
  return text;
}

}  // namespace ksem_tool

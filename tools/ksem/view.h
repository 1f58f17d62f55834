// SPDX-License-Identifier: MIT
// Which semaphores "ksem watch" shows, in which order, and from which on: what
// the keys change.
#ifndef TOOLS_KSEM_VIEW_H_
#define TOOLS_KSEM_VIEW_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tools/ksem/board.h"
#include "tools/ksem/screen.h"

namespace ksem_tool {

class View {
 public:
  // Returns whether it means anything here.
  bool press(int key);

  // Those of the board that the filter lets through, sorted.
  std::vector<std::pair<std::string, const Row*>> choose(
      const Board& board) const;

  // The first of `count` rows to show where `room` fit; never a blank end.
  std::size_t scroll(std::size_t count, std::size_t room);

  // "by waiters, with 'build'"
  std::string text() const;

 private:
  enum class Sort { kName, kWaiters, kValue };

  bool edit(int key);
  void move(std::ptrdiff_t by);

  Sort sort_ = Sort::kName;
  std::string filter_;
  bool editing_ = false;
  std::size_t first_ = 0;
  std::size_t room_ = 1;  // when it was drawn last
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_VIEW_H_

// SPDX-License-Identifier: MIT
// What "ksem watch" knows of the semaphores, from one look to the next.
#ifndef TOOLS_KSEM_BOARD_H_
#define TOOLS_KSEM_BOARD_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/ksem/reading.h"
#include "tools/ksem/signals.h"

namespace ksem_tool {

struct Row {
  std::optional<Reading> now;     // nothing: there is none of this name
  std::optional<Reading> before;  // at the look before
  std::deque<Reading> past;       // since it came, the latest last
  int looks_without = 0;

  // While somebody waits: the units taken so far, and since when there have
  // been no more.
  std::uint64_t acquired = 0;
  std::optional<Clock::time_point> unserved_since;

  // How long nobody has got a unit though somebody waits; 0 if that isn't long.
  std::chrono::seconds starved(Clock::time_point at) const;

  bool is_new() const { return now && !before; }
  bool changed() const { return now != before; }
};

using Rows = std::map<std::string, Row, NaturalOrder>;

class Board {
 public:
  static constexpr std::size_t kPast = 40;

  // With no names: all semaphores there are, whenever they come.
  explicit Board(std::vector<std::string> names) : names_(std::move(names)) {}

  // Throws if there can't be any: no module, no configfs.
  void look();

  const Rows& rows() const { return rows_; }

 private:
  void forget_the_gone();

  std::vector<std::string> names_;
  Rows rows_;
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_BOARD_H_

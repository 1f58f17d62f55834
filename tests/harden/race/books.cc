// SPDX-License-Identifier: MIT
#include "tests/harden/race/books.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ksem_test {

Books::Books(const Semaphore& semaphore, const Board& board, int sem)
    : semaphore_(semaphore), board_(board), sem_(sem), units_(kStart) {}

void Books::Bury(const Lane& lane) {
  const Balance had = lane.plain[sem_].balance();
  units_ -= had.units;
  less_ += std::max(had.doubt, 0);
  more_ += std::max(-had.doubt, 0);
}

long Books::Taken() const {
  long taken = 0;
  for (const Lane& lane : board_.lanes)
    taken += lane.plain[sem_].balance().units + lane.undo[sem_].balance().units;
  return taken;
}

void Books::Check() const {
  const State state = semaphore_.state();
  const long value = units_ - Taken();
  EXPECT_GE(state.value, value - less_) << "units of " << sem_ << " were lost";
  EXPECT_LE(state.value, value + more_) << "too many units of " << sem_;
  EXPECT_LE(state.value, state.max);
  EXPECT_EQ(state.waiters, 0u);
}

void Books::Refill(int units) {
  if (sem_ == kTight) {
    EXPECT_EQ(semaphore_.Set("max", std::to_string(kTightMax)), 0);
  }
  EXPECT_EQ(semaphore_.Set("value", std::to_string(units)), 0);
  units_ = units + Taken();
  more_ = less_ = 0;
}

}  // namespace ksem_test

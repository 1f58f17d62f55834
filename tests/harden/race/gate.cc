// SPDX-License-Identifier: MIT
#include "tests/harden/race/gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/harden/race/interrupter.h"
#include "tests/harden/race/operations.h"
#include "tests/support/eventually.h"

namespace ksem_test {
namespace {

bool IsRunning(const Lane& lane) { return lane.where == Where::kRunning; }

int CountRunning(const Board& board) {
  return static_cast<int>(
      std::count_if(board.lanes.begin(), board.lanes.end(), IsRunning));
}

// Nobody starts anything new, so they only get fewer.
void WaitUntilNobodyComes(const Board& board) {
  for (int before = -1; before != CountRunning(board); usleep(100000))
    before = CountRunning(board);
}

// Whoever is first in the queue wants no more than `most`.
bool SomebodyCouldGo(const Board& board, const Semaphore& semaphore, int sem) {
  int most = 0;
  for (const Lane& lane : board.lanes) {
    if (IsRunning(lane) && Operations()[lane.operation].queues)
      most = std::max({most, lane.plain[sem].balance().doubt,
                       lane.undo[sem].balance().doubt});
  }
  return most > 0 &&
         (board.shut_down || most <= static_cast<int>(semaphore.state().value));
}

void ExpectNoLostWakeUp(const Board& board, const Scene& scene) {
  for (int sem = 0; sem < kSemaphores; sem++) {
    EXPECT_TRUE(Eventually([&] {
      return !SomebodyCouldGo(board, scene[sem]->semaphore, sem);
    })) << "lost wake-up: "
        << sem << " has units that somebody waits for";
  }
}

}  // namespace

void CloseGate(Board* board, const Scene& scene,
               const std::array<pid_t, kProcesses>& processes) {
  board->closed = true;
  WaitUntilNobodyComes(*board);
  for (int i = 0; i < kLanes; i++) {
    const Lane& lane = board->lanes[i];
    ExpectNoLostWakeUp(*board, scene);
    EXPECT_TRUE(Eventually([&] {
      if (!IsRunning(lane)) return true;
      if (lane.tid) tgkill(processes[i / kThreads], lane.tid, kInterrupt);
      return false;
    })) << "hangs: "
        << Operations()[lane.operation].name;
  }
}

}  // namespace ksem_test

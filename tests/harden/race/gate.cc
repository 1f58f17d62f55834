// SPDX-License-Identifier: MIT
#include "tests/harden/race/gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

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

// The first in the queue wants no more than `most`.
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

bool HasAllItNeeds(const Lane& lane, const Scene& scene) {
  for (int sem = 0; sem < kSemaphores; sem++) {
    if (lane.needs[sem] > static_cast<int>(scene[sem]->semaphore.state().value))
      return false;
  }
  return true;
}

// Queued waiters go first, so it can't be said while there are any.
bool AnAllCouldGo(const Board& board, const Scene& scene) {
  bool could = false;
  for (const Lane& lane : board.lanes) {
    if (!IsRunning(lane)) continue;
    if (Operations()[lane.operation].queues) return false;
    could |= board.shut_down || HasAllItNeeds(lane, scene);
  }
  return could;
}

// Of a blocked ALL, while nobody queues: it goes, or another one does.
void GiveWhatItLacks(Board* board, const Lane& lane, const Scene& scene) {
  if (!IsRunning(lane) || lane.needs[0] == Lane::kNobodyKnows) return;
  for (int sem = 0; sem < kSemaphores; sem++) {
    const Semaphore& semaphore = scene[sem]->semaphore;
    const int lacks =
        lane.needs[sem] - static_cast<int>(semaphore.state().value);
    // There may be no room for so many, or it is shut down.
    if (lacks > 0 && !semaphore.Post(std::to_string(lacks)))
      board->keeper().plain[sem].Settle(-lacks);
  }
}

void ExpectNoLostWakeUp(const Board& board, const Scene& scene) {
  for (int sem = 0; sem < kSemaphores; sem++) {
    EXPECT_TRUE(Eventually([&] {
      return !SomebodyCouldGo(board, scene[sem]->semaphore, sem);
    })) << "lost wake-up: "
        << sem << " has units that somebody waits for";
  }
  EXPECT_TRUE(Eventually([&] { return !AnAllCouldGo(board, scene); }))
      << "lost wake-up: an ALL could be done";
}

}  // namespace

void CloseGate(Board* board, const Scene& scene,
               const std::array<pid_t, kProcesses>& processes) {
  board->closed = true;
  WaitUntilNobodyComes(*board);
  // First the queued waiters, and then each ALL.
  for (const bool all : {false, true}) {
    for (int i = 0; i < kLanes; i++) {
      const Lane& lane = board->lanes[i];
      if (!all && !Operations()[lane.operation].queues) continue;
      if (all) GiveWhatItLacks(board, lane, scene);
      ExpectNoLostWakeUp(*board, scene);
      EXPECT_TRUE(Eventually([&] {
        if (!IsRunning(lane)) return true;
        if (lane.tid) tgkill(processes[i / kThreads], lane.tid, kInterrupt);
        return false;
      })) << "hangs: "
          << Operations()[lane.operation].name;
    }
  }
}

}  // namespace ksem_test

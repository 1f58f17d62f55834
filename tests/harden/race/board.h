// SPDX-License-Identifier: MIT
// What the processes of the race share: the gate where all of them stop for a
// checkpoint, what each worker does and has, and how often what was done.
#ifndef KSEM_TESTS_HARDEN_RACE_BOARD_H_
#define KSEM_TESTS_HARDEN_RACE_BOARD_H_

#include <array>
#include <atomic>

#include "tests/harden/race/account.h"

namespace ksem_test {

inline constexpr int kProcesses = 4;
inline constexpr int kThreads = 3;
inline constexpr int kLanes = kProcesses * kThreads;

// Those of whose units nothing may be lost. The threads of the first process,
// which isn't killed, have a request in the kernel each.
inline constexpr int kSemaphores = 3;
static_assert(kThreads == kSemaphores);
// The last one has a ceiling that moves, and more is given than was taken.
inline constexpr int kTight = kSemaphores - 1;
inline constexpr int kTightMax = 6;
// So few that most waits block. More than that are never wanted at once.
inline constexpr int kUnitsAtMost = 3;
inline constexpr int kStart = 4;
// So many that few do, for the ways that don't know of anybody who waits. The
// last semaphore can't have them.
inline constexpr int kPlenty = 60;

inline constexpr int kOperations = 64;  // at most

enum class Where { kNowhere, kRunning, kResting };

struct Lane {
  static constexpr int kNobodyKnows = 1 << 30;

  std::atomic<int> tid = 0;
  std::atomic<Where> where = Where::kNowhere;
  std::atomic<int> operation = 0;
  std::array<Account, kSemaphores> plain;
  // What comes back if its process dies.
  std::array<Account, kSemaphores> undo;
  // With so many units of each, its last ALL could be done.
  std::array<std::atomic<int>, kSemaphores> needs = {};

  // It has taken nothing.
  void Clear();
};

struct Count {
  std::atomic<long> done = 0;
  std::atomic<long> refused = 0;
};

struct Board {
  std::atomic<bool> closed = false;  // the gate
  std::atomic<bool> over = false;
  std::atomic<bool> shut_down = false;
  std::array<Lane, kLanes + 1> lanes;
  std::array<Count, kOperations> counts;
  // The first errno that nothing explains, and whose it was.
  std::atomic<int> finding = 0;
  std::atomic<int> found_by = 0;

  // Who closes the gate has an account, too.
  Lane& keeper() { return lanes.back(); }
  void Found(int operation, int error);
  // For a worker between two operations: returns when the gate is open.
  void PassGate(Lane* lane);
};

// In memory that children share.
Board* NewBoard();

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_BOARD_H_

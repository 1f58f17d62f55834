// SPDX-License-Identifier: MIT
// One thread of the race: what the operations need, and the choice of them.
#ifndef KSEM_TESTS_HARDEN_RACE_RACER_H_
#define KSEM_TESTS_HARDEN_RACE_RACER_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/harden/race/board.h"
#include "tests/harden/race/scene.h"
#include "tests/support/semaphore.h"

namespace ksem_test {

// What the threads of a process share of one semaphore.
struct Door {
  explicit Door(const Semaphore& semaphore) : handle(semaphore) {}
  const Handle handle;
  const Page page{handle};
};
using Doors = std::array<std::unique_ptr<Door>, kSemaphores>;

class Racer {
 public:
  Racer(const Scene& scene, const Doors& doors, Board* board, int index,
        uint64_t seed);

  // Until the race is over.
  void Run();

  // The rest is for operations.
  int Below(int n) { return static_cast<int>(random_() % n); }
  bool OneIn(int n) { return Below(n) == 0; }
  int AnySemaphore() { return Below(kSemaphores); }
  int AnyUnits() { return 1 + Below(kUnitsAtMost); }
  uint64_t Number() { return random_(); }

  Account& plain(int sem) { return lane_.plain[sem]; }
  Account& undo(int sem) { return lane_.undo[sem]; }
  void TellNeeds(const std::array<int, kSemaphores>& needs) {
    std::copy(needs.begin(), needs.end(), lane_.needs.begin());
  }
  const Semaphore& semaphore(int sem) const { return scene_[sem]->semaphore; }
  const KernelUser& user(int sem) const { return scene_[sem]->user; }
  const Handle& handle(int sem) const { return doors_[sem]->handle; }
  const Page& page(int sem) const { return doors_[sem]->page; }

  // Of the first process, thread N has the request of semaphore N to itself.
  bool has_request() const { return index_ < kThreads; }
  int own_semaphore() const { return index_; }

  // How many units it may give: with the last semaphore any number, with the
  // others no more than it has, so that there is always room for them.
  int UnitsToGive(int sem, const Account& account);

 private:
  void Step();

  const Scene& scene_;
  const Doors& doors_;
  Board* const board_;
  Lane& lane_;
  const int index_;
  std::mt19937_64 random_;
};

// The call takes so many units, or none if it fails.
Errno Take(Account& account, int units, const std::function<Errno()>& call);
// The call gives so many.
Errno Give(Account& account, int units, const std::function<Errno()>& call);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_RACER_H_

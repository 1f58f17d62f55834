// SPDX-License-Identifier: MIT
// From the making of the semaphores to their shutdown.
#ifndef KSEM_TESTS_HARDEN_RACE_ERA_H_
#define KSEM_TESTS_HARDEN_RACE_ERA_H_

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "tests/harden/race/board.h"
#include "tests/harden/race/books.h"
#include "tests/harden/race/scene.h"
#include "tests/support/process.h"

namespace ksem_test {

struct Totals {
  long eras = 0;
  long checkpoints = 0;
  long kills = 0;
};

class Era {
 public:
  Era(Board* board, std::mt19937_64* random, Totals* totals);

  // Checkpoints with kills between them, and one more after a shutdown.
  void Run();

 private:
  void Start(int process);
  void Kill(int process);
  void KillForAWhile();
  // The gate is closed after it.
  void Checkpoint();
  void Refill();
  void Stop();
  int Below(int n) { return static_cast<int>((*random_)() % n); }

  Board* const board_;
  std::mt19937_64* const random_;
  Totals* const totals_;
  Scene scene_;
  std::vector<Books> books_;
  std::array<std::unique_ptr<Process>, kProcesses> processes_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_ERA_H_

// SPDX-License-Identifier: MIT
// Whether units are conserved, while everybody rests.
#ifndef KSEM_TESTS_HARDEN_RACE_BOOKS_H_
#define KSEM_TESTS_HARDEN_RACE_BOOKS_H_

#include "tests/harden/race/board.h"
#include "tests/support/semaphore.h"

namespace ksem_test {

// Of one semaphore.
class Books {
 public:
  Books(const Semaphore& semaphore, const Board& board, int sem);

  // The worker was killed: what it took to be undone comes back, and the rest
  // is gone.
  void Bury(const Lane& lane);
  // Fails the test if there are units too few or too many.
  void Check() const;
  // Starts anew with so many units, and nothing in doubt. Not after a shutdown.
  void Refill(int units);

 private:
  long Taken() const;

  const Semaphore& semaphore_;
  const Board& board_;
  const int sem_;
  // In the semaphore, and taken by workers that live.
  long units_;
  // How many more or less killed workers may have left.
  long more_ = 0;
  long less_ = 0;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_BOOKS_H_

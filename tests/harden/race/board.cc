// SPDX-License-Identifier: MIT
#include "tests/harden/race/board.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace ksem_test {

void Lane::Clear() {
  for (int sem = 0; sem < kSemaphores; sem++) {
    plain[sem].Clear();
    undo[sem].Clear();
  }
}

void Board::Found(int operation, int error) {
  int none = 0;
  if (finding.compare_exchange_strong(none, error)) found_by = operation;
}

void Board::PassGate(Lane* lane) {
  for (;;) {
    // Before the look at the gate, as who closes it looks in the other order.
    lane->where = Where::kRunning;
    if (!closed) return;
    lane->where = Where::kResting;
    while (closed) usleep(500);
  }
}

Board* NewBoard() {
  void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Board();
}

}  // namespace ksem_test

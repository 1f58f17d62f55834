// SPDX-License-Identifier: MIT
#include "tests/harden/race/interrupter.h"

#include <unistd.h>

#include <random>

#include "tests/handle/support.h"

namespace ksem_test {

Interrupter::Interrupter(Board* board, int process, uint64_t seed) {
  HandleSignal(kInterrupt);
  HandleSignal(kRestart, SA_RESTART);
  thread_ = std::thread([=, this] { Run(*board, process, seed); });
}

Interrupter::~Interrupter() {
  over_ = true;
  thread_.join();
}

void Interrupter::Run(const Board& board, int process, uint64_t seed) {
  std::mt19937_64 random(seed);
  while (!over_) {
    usleep(random() % 2000);
    const int tid = board.lanes[process * kThreads + random() % kThreads].tid;
    if (tid && !board.closed)
      tgkill(getpid(), tid, random() % 4 ? kRestart : kInterrupt);
  }
}

}  // namespace ksem_test

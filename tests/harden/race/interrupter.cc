// SPDX-License-Identifier: MIT
#include "tests/harden/race/interrupter.h"

#include <unistd.h>

#include <random>

namespace ksem_test {
namespace {

void Handle(int signal, int flags) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupter::Interrupter(Board* board, int process, uint64_t seed) {
  Handle(kInterrupt, 0);
  Handle(kRestart, SA_RESTART);
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

// SPDX-License-Identifier: MIT
// Signals, for the threads of a process that race.
#ifndef KSEM_TESTS_HARDEN_RACE_INTERRUPTER_H_
#define KSEM_TESTS_HARDEN_RACE_INTERRUPTER_H_

#include <atomic>
#include <csignal>
#include <cstdint>
#include <thread>

#include "tests/harden/race/board.h"

namespace ksem_test {

// Their handlers do nothing; the second one has SA_RESTART.
inline constexpr int kInterrupt = SIGUSR1;
inline constexpr int kRestart = SIGUSR2;

// A thread that sends them to the others, while the gate is open.
class Interrupter {
 public:
  Interrupter(Board* board, int process, uint64_t seed);
  ~Interrupter();
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

 private:
  void Run(const Board& board, int process, uint64_t seed);

  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_INTERRUPTER_H_

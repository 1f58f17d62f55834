// SPDX-License-Identifier: MIT
// Brings everybody to the gate.
#ifndef KSEM_TESTS_HARDEN_RACE_GATE_H_
#define KSEM_TESTS_HARDEN_RACE_GATE_H_

#include <sys/types.h>

#include <array>

#include "tests/harden/race/board.h"
#include "tests/harden/race/scene.h"

namespace ksem_test {

// Closes it. Once nobody comes any more, blocked workers get signals, one
// after another. At no time may a worker be left blocked on a semaphore that
// has what it wants. Fails the test if it sees such a lost wake-up, or a hang.
void CloseGate(Board* board, const Scene& scene,
               const std::array<pid_t, kProcesses>& processes);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_GATE_H_

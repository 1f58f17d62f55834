// SPDX-License-Identifier: MIT
// The semaphores that are kept for a while.
#ifndef KSEM_TESTS_HARDEN_RACE_SCENE_H_
#define KSEM_TESTS_HARDEN_RACE_SCENE_H_

#include <array>
#include <memory>

#include "tests/harden/race/board.h"
#include "tests/support/kernel_user.h"
#include "tests/support/semaphore.h"

namespace ksem_test {

// Held by a user in the kernel, too.
struct Kept {
  explicit Kept(const State& start) : semaphore(start) {}
  const Semaphore semaphore;
  const KernelUser user{semaphore.name()};
};
using Scene = std::array<std::unique_ptr<Kept>, kSemaphores>;

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_SCENE_H_

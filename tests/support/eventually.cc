// SPDX-License-Identifier: MIT
#include "tests/support/eventually.h"

#include <chrono>
#include <thread>

namespace ksem_test {

bool Eventually(const std::function<bool()>& condition) {
  using Clock = std::chrono::steady_clock;
  const auto limit = Clock::now() + std::chrono::minutes(10);
  while (!condition()) {
    if (Clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return true;
}

}  // namespace ksem_test

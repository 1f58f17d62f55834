// SPDX-License-Identifier: MIT
#include "fsclient/tests/support.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>

namespace ksem {

State state(const Semaphore& semaphore) {
  return {semaphore.value(), semaphore.max(), semaphore.waiters(),
          semaphore.order()};
}

std::ostream& operator<<(std::ostream& out, const State& state) {
  return out << "value " << state.value << ", max " << state.max << ", waiters "
             << state.waiters << ", order "
             << (state.order == Order::kFifo ? "fifo" : "priority");
}

std::string fresh_name() {
  static std::atomic<int> made{0};
  return "test-" + std::to_string(getpid()) + "-" + std::to_string(++made);
}

Fresh::Fresh(const State& at_first)
    : semaphore_(
          Semaphore::create(fresh_name(), at_first.value, at_first.max)) {
  semaphore_.set_order(at_first.order);
}

Fresh::~Fresh() {
  const auto gone = [this] {
    const int error = errno_of([this] { Semaphore::remove(name()); });
    return error == 0 || error == ENOENT;
  };
  if (gone()) return;
  ADD_FAILURE() << name() << " is busy at the end of the test";
  semaphore_.shutdown();
  EXPECT_TRUE(eventually(gone));
}

int errno_of(const std::function<void()>& operation) {
  try {
    operation();
    return 0;
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().category(), std::generic_category());
    return error.code().value();
  }
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace ksem

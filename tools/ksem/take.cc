// SPDX-License-Identifier: MIT
#include "tools/ksem/take.h"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <stop_token>
#include <thread>

namespace ksem_tool {
namespace {

using std::chrono::nanoseconds;

// Too far away for the clock to reach is no limit.
std::optional<Clock::time_point> deadline(nanoseconds timeout) {
  const auto now = Clock::now();
  if (timeout > Clock::time_point::max() - now) return {};
  return now + timeout;
}

// A thread does the wait and is told to stop; then its answer says whether the
// units came after all.
Taking take_slowly(ksem::Semaphore& sem, int units,
                   std::optional<Clock::time_point> until,
                   const Signals& signals) {
  Taking result;
  std::exception_ptr error;
  std::atomic<bool> done = false;
  {
    std::jthread waiter([&](std::stop_token stop) {
      try {
        result.taken = sem.acquire(stop, units);
      } catch (...) {
        error = std::current_exception();
      }
      done = true;
      kill(getpid(), SIGCHLD);  // wakes the other thread
    });
    do {
      result.signal = static_cast<int>(signals.next(until).ssi_signo);
    } while (result.signal == SIGCHLD && !done);
  }
  if (error) std::rethrow_exception(error);
  if (result.signal == SIGCHLD) result.signal = 0;
  return result;
}

}  // namespace

Taking take(ksem::Semaphore& sem, int units, std::optional<nanoseconds> timeout,
            const Signals& signals) {
  const auto until = timeout ? deadline(*timeout) : std::nullopt;
  if (sem.try_acquire(units)) return {true, 0};
  if (timeout && timeout->count() == 0) return {};
  Taking result = take_slowly(sem, units, until, signals);
  // Who ends by a signal has no use for them.
  if (result.taken && result.signal) {
    sem.release(units);
    result.taken = false;
  }
  return result;
}

}  // namespace ksem_tool

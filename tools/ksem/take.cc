// SPDX-License-Identifier: MIT
#include "tools/ksem/take.h"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "tools/ksem/failure.h"

namespace ksem_tool {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kNoticeAfter(1);

// Too far away for the clock to reach is no limit.
Until deadline(const std::optional<nanoseconds>& timeout) {
  if (!timeout) return {};
  const auto now = Clock::now();
  if (*timeout > Clock::time_point::max() - now) return {};
  return now + *timeout;
}

// The next signal; gives notice if it doesn't come for long.
int next_signal(const Signals& signals, Until& notice_at,
                const std::function<void()>& notice) {
  if (notice_at) {
    const auto info = signals.next(notice_at);
    if (info.ssi_signo) return static_cast<int>(info.ssi_signo);
    notice_at.reset();
    notice();
  }
  return static_cast<int>(signals.next().ssi_signo);
}

std::jthread start_thread(auto work) {
  try {
    return std::jthread(std::move(work));
  } catch (const std::system_error& error) {
    throw Failure(error.code().value(), "thread");
  }
}

// A thread does the wait, for as long as the kernel lets it, and is told to
// stop when a signal comes; then its answer says whether the units came after
// all.
Taking take_slowly(const Wanted& wanted, const Patience& patience,
                   const Signals& signals) {
  Taking result;
  std::exception_ptr error;
  std::atomic<bool> done = false;
  const Until until = deadline(patience.timeout);
  Until notice_at;
  if (patience.notice) notice_at = Clock::now() + kNoticeAfter;
  {
    const std::jthread waiter = start_thread([&](std::stop_token stop) {
      try {
        result.taken = wanted.take(stop, until);
      } catch (...) {
        error = std::current_exception();
      }
      done = true;
      kill(getpid(), SIGCHLD);  // wakes the other thread
    });
    do {
      result.signal = next_signal(signals, notice_at, patience.notice);
    } while (result.signal == SIGCHLD && !done);
  }
  if (error) std::rethrow_exception(error);
  if (result.signal == SIGCHLD) result.signal = 0;
  return result;
}

}  // namespace

Wanted units_of(ksem::Semaphore& sem, int units) {
  return {.try_take = [&sem, units] { return sem.try_acquire(units); },
          .take =
              [&sem, units](std::stop_token stop, const Until& until) {
                return until ? sem.try_acquire_until(stop, *until, units)
                             : sem.acquire(stop, units);
              },
          .give_back = [&sem, units] { sem.release(units); }};
}

Taking take(const Wanted& wanted, const Patience& patience,
            const Signals& signals) {
  if (wanted.try_take()) return {true, 0};
  if (patience.timeout && patience.timeout->count() == 0) return {};
  Taking result = take_slowly(wanted, patience, signals);
  // A process that ends by a signal has no use for them.
  if (result.taken && result.signal) {
    wanted.give_back();
    result.taken = false;
  }
  return result;
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include "tools/ksem/take.h"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>

namespace ksem_tool {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kNoticeAfter(1);

// Too far away for the clock to reach is no limit.
std::optional<Clock::time_point> deadline(nanoseconds timeout) {
  const auto now = Clock::now();
  if (timeout > Clock::time_point::max() - now) return {};
  return now + timeout;
}

// Waits for a signal, and gives notice if that takes long.
class Watch {
 public:
  Watch(const Patience& patience, const Signals& signals)
      : patience_(patience), signals_(signals) {
    if (patience.timeout) until_ = deadline(*patience.timeout);
    if (patience.notice) notice_at_ = Clock::now() + kNoticeAfter;
  }

  // 0 if the time is up.
  int next() {
    if (notice_at_ && (!until_ || *notice_at_ < *until_)) {
      const auto info = signals_.next(notice_at_);
      if (info.ssi_signo) return static_cast<int>(info.ssi_signo);
      notice_at_.reset();
      patience_.notice();
    }
    return static_cast<int>(signals_.next(until_).ssi_signo);
  }

 private:
  const Patience& patience_;
  const Signals& signals_;
  std::optional<Clock::time_point> until_;
  std::optional<Clock::time_point> notice_at_;
};

// A thread does the wait and is told to stop; then its answer says whether the
// units came after all.
Taking take_slowly(const Wanted& wanted, const Patience& patience,
                   const Signals& signals) {
  Taking result;
  std::exception_ptr error;
  std::atomic<bool> done = false;
  Watch watch(patience, signals);
  {
    std::jthread waiter([&](std::stop_token stop) {
      try {
        result.taken = wanted.take(stop);
      } catch (...) {
        error = std::current_exception();
      }
      done = true;
      kill(getpid(), SIGCHLD);  // wakes the other thread
    });
    do {
      result.signal = watch.next();
    } while (result.signal == SIGCHLD && !done);
  }
  if (error) std::rethrow_exception(error);
  if (result.signal == SIGCHLD) result.signal = 0;
  return result;
}

}  // namespace

Wanted units_of(ksem::Semaphore& sem, int units) {
  return {
      .try_take = [&sem, units] { return sem.try_acquire(units); },
      .take = [&sem, units](
                  std::stop_token stop) { return sem.acquire(stop, units); },
      .give_back = [&sem, units] { sem.release(units); }};
}

Taking take(const Wanted& wanted, const Patience& patience,
            const Signals& signals) {
  if (wanted.try_take()) return {true, 0};
  if (patience.timeout && patience.timeout->count() == 0) return {};
  Taking result = take_slowly(wanted, patience, signals);
  // Who ends by a signal has no use for them.
  if (result.taken && result.signal) {
    wanted.give_back();
    result.taken = false;
  }
  return result;
}

}  // namespace ksem_tool

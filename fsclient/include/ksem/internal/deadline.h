// SPDX-License-Identifier: MIT
// A moment on a clock that the kernel can wait for.  Not for use by others.
#ifndef KSEM_INTERNAL_DEADLINE_H_
#define KSEM_INTERNAL_DEADLINE_H_

#include <time.h>

#include <chrono>

#include "ksem/internal/duration.h"

namespace ksem::internal {

struct Deadline {
  clockid_t clock;              // CLOCK_MONOTONIC or CLOCK_REALTIME
  std::chrono::nanoseconds at;  // since that clock's epoch
};

// Whether there is one for times of this C++ clock.
template <class Clock>
inline constexpr bool kHasDeadlines = false;
template <>
inline constexpr bool kHasDeadlines<std::chrono::steady_clock> = true;
template <>
inline constexpr bool kHasDeadlines<std::chrono::system_clock> = true;

template <class Duration>
constexpr Deadline to_deadline(
    const std::chrono::time_point<std::chrono::steady_clock, Duration>& time) {
  return {CLOCK_MONOTONIC, to_nanoseconds(time.time_since_epoch())};
}
template <class Duration>
constexpr Deadline to_deadline(
    const std::chrono::time_point<std::chrono::system_clock, Duration>& time) {
  return {CLOCK_REALTIME, to_nanoseconds(time.time_since_epoch())};
}

// A time too long for the clock ends with it.
inline Deadline deadline_after(std::chrono::nanoseconds timeout) {
  using std::chrono::steady_clock;
  const auto now = steady_clock::now();
  const std::chrono::nanoseconds longest =
      steady_clock::time_point::max() - now;
  return to_deadline(now + (timeout < longest ? timeout : longest));
}

// 0 if it has passed.
inline std::chrono::nanoseconds time_left(const Deadline& deadline) {
  using std::chrono::nanoseconds;
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  const nanoseconds left =
      deadline.clock == CLOCK_MONOTONIC
          ? time_left(steady_clock::time_point(deadline.at))
          : time_left(std::chrono::time_point<system_clock, nanoseconds>(
                deadline.at));
  return left.count() > 0 ? left : nanoseconds::zero();
}

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_DEADLINE_H_

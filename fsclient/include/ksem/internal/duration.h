// SPDX-License-Identifier: MIT
// Any duration in nanoseconds, without overflow.  Not for use by others.
#ifndef KSEM_INTERNAL_DURATION_H_
#define KSEM_INTERNAL_DURATION_H_

#include <chrono>

namespace ksem::internal {

// Rounded up, so that nobody waits less than asked for.  What is too much for
// nanoseconds is the most, or the least, that they can hold; not-a-number is 0.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds to_nanoseconds(
    const std::chrono::duration<Rep, Period>& duration) {
  using std::chrono::nanoseconds;
  using Wide = std::chrono::duration<long double, std::nano>;
  const Wide wide = duration;
  if (wide >= Wide(nanoseconds::max())) return nanoseconds::max();
  if (wide <= Wide(nanoseconds::min())) return nanoseconds::min();
  if (wide != wide) return nanoseconds::zero();
  return std::chrono::ceil<nanoseconds>(wide);
}

// From now until then.
template <class Clock, class Duration>
std::chrono::nanoseconds time_left(
    const std::chrono::time_point<Clock, Duration>& deadline) {
  using std::chrono::nanoseconds;
  const nanoseconds then = to_nanoseconds(deadline.time_since_epoch());
  const nanoseconds now = to_nanoseconds(Clock::now().time_since_epoch());
  nanoseconds::rep left = 0;
  if (__builtin_sub_overflow(then.count(), now.count(), &left)) {
    return then > now ? nanoseconds::max() : nanoseconds::min();
  }
  return nanoseconds(left);
}

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_DURATION_H_

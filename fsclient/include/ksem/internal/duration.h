// SPDX-License-Identifier: MIT
// Any duration in nanoseconds, without overflow.  Not for use by others.
#ifndef KSEM_INTERNAL_DURATION_H_
#define KSEM_INTERNAL_DURATION_H_

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

namespace ksem::internal {

// Of whole ticks, by whole numbers: where a long double is a double, it can't
// tell 2^53 from the number behind it.
template <class PerTick, class Rep>
constexpr std::chrono::nanoseconds ticks_to_nanoseconds(Rep ticks) {
  using std::chrono::nanoseconds;
  using Wide = std::common_type_t<Rep, std::intmax_t>;
  constexpr std::intmax_t kNum = PerTick::num, kDen = PerTick::den;
  const Wide whole = ticks / static_cast<Wide>(kDen);
  const auto part =
      static_cast<std::intmax_t>(ticks % static_cast<Wide>(kDen)) * kNum;
  nanoseconds::rep sum = 0;
  if (!std::in_range<nanoseconds::rep>(whole) ||
      __builtin_mul_overflow(static_cast<nanoseconds::rep>(whole), kNum,
                             &sum) ||
      __builtin_add_overflow(sum, part / kDen + (part % kDen > 0), &sum)) {
    return ticks > 0 ? nanoseconds::max() : nanoseconds::min();
  }
  return nanoseconds(sum);
}

// Rounded up, so that nobody waits less than asked for.  What is too much for
// nanoseconds is the most, or the least, that they can hold; not-a-number is 0.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds to_nanoseconds(
    const std::chrono::duration<Rep, Period>& duration) {
  using std::chrono::nanoseconds;
  if constexpr (std::is_integral_v<Rep>) {
    using PerTick = std::ratio_divide<Period, std::nano>;
    // No part of a tick overflows then.
    if constexpr (PerTick::num <=
                  std::numeric_limits<std::intmax_t>::max() / PerTick::den) {
      return ticks_to_nanoseconds<PerTick>(duration.count());
    }
  }
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

// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_NANOSECONDS_H_
#define KSEM_PRELOAD_SRC_NANOSECONDS_H_

#include <stdint.h>
#include <time.h>

namespace ksem_preload {

inline constexpr long kNanosecondsOfSecond = 1'000'000'000;

inline bool HasValidFraction(const timespec& time) {
  return time.tv_nsec >= 0 && time.tv_nsec < kNanosecondsOfSecond;
}

// As the kernel takes it. What is before the clock's beginning, or after its
// end, will do as that.
inline int64_t Nanoseconds(const timespec& time) {
  if (time.tv_sec < 0) return 0;
  int64_t nanoseconds;
  if (__builtin_mul_overflow(time.tv_sec, kNanosecondsOfSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, time.tv_nsec, &nanoseconds)) {
    return INT64_MAX;
  }
  return nanoseconds;
}

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_NANOSECONDS_H_

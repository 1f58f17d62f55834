// SPDX-License-Identifier: MIT
// How long a call may wait.  Not for use by others.
#ifndef KSEM_INTERNAL_LIMIT_H_
#define KSEM_INTERNAL_LIMIT_H_

#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

#include "ksem/internal/deadline.h"
#include "ksem/internal/duration.h"

namespace ksem::internal {

struct Limit {
  Limit() = default;
  // NOLINTBEGIN(google-explicit-constructor): to the caller they are limits
  Limit(std::stop_token its_stop) : stop(std::move(its_stop)) {}
  template <class Rep, class Period>
  Limit(const std::chrono::duration<Rep, Period>& timeout,
        std::stop_token its_stop = {})
      : deadline(deadline_after(to_nanoseconds(timeout))),
        stop(std::move(its_stop)) {}
  template <class Clock, class Duration>
  Limit(const std::chrono::time_point<Clock, Duration>& time,
        std::stop_token its_stop = {})
      : deadline(to_deadline(time)), stop(std::move(its_stop)) {}
  // NOLINTEND(google-explicit-constructor)

  // What has passed is a try: such a call doesn't block, so O_NONBLOCK doesn't
  // matter.
  bool has_passed() const {
    return deadline && time_left(*deadline).count() == 0;
  }

  std::optional<Deadline> deadline = std::nullopt;
  std::stop_token stop = {};
};

// Not at all.
inline Limit no_time() { return std::chrono::steady_clock::time_point::min(); }

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_LIMIT_H_

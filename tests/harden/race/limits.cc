// SPDX-License-Identifier: MIT
#include "tests/harden/race/limits.h"

#include <time.h>

#include "tests/harden/race/racer.h"

namespace ksem_test {

Limit AnyLimit(Racer& racer) {
  const int64_t ns = racer.Below(400) * INT64_C(1000);
  const unsigned clock = racer.OneIn(2) ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  switch (racer.Below(4)) {
    case 0:
      return {.flags = KSEM_WAIT_NOWAIT};
    case 1:
      return {.flags = KSEM_WAIT_TIMEOUT, .timeout = ns, .clock = clock};
    case 2:
      return {.flags = KSEM_WAIT_DEADLINE,
              .timeout = Now(clock) + ns,
              .clock = clock};
    default:
      return {};
  }
}

}  // namespace ksem_test

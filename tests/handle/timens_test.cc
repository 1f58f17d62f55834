// SPDX-License-Identifier: MIT
// Deadlines by the clocks of the caller's time namespace.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

struct Namespace {
  const char* name;
  unsigned clock;
  const char* offset;
};

constexpr Namespace kNamespaces[] = {
    {"MonotonicAhead", CLOCK_MONOTONIC, "monotonic 3600 0"},
    {"BoottimeAhead", CLOCK_BOOTTIME, "boottime 3600 0"},
    {"MonotonicBehind", CLOCK_MONOTONIC, "monotonic -2 500000000"},
    {"BoottimeBehind", CLOCK_BOOTTIME, "boottime -2 500000000"},
};

class TimeNamespace : public testing::TestWithParam<Namespace> {
 protected:
  // Runs `function` in a process in the namespace.
  Errno In(const std::function<Errno()>& function) const {
    return Process([&]() -> Errno {
             if (unshare(CLONE_NEWTIME) != 0) return errno;
             const Errno error =
                 WriteFile("/proc/self/timens_offsets", GetParam().offset);
             if (error) return error;
             return Process(function).Result();
           })
        .Result();
  }

  const Semaphore sem_;
  const Handle handle_{sem_};
};

INSTANTIATE_TEST_SUITE_P(With, TimeNamespace, testing::ValuesIn(kNamespaces),
                         [](const auto& info) { return info.param.name; });

// If it were by the machine's clock, the wait would end at once or in an hour.
TEST_P(TimeNamespace, ADeadlineIsByItsClock) {
  EXPECT_EQ(In([&]() -> Errno {
              const int64_t at = Now(GetParam().clock) + 50 * kMillisecond;
              HandleSignal(SIGALRM);
              alarm(120);
              const Errno error = handle_.Wait({.units = 1,
                                                .flags = KSEM_WAIT_DEADLINE,
                                                .timeout = at,
                                                .clock = GetParam().clock});
              if (error != ETIMEDOUT) return error;
              return Now(GetParam().clock) >= at ? 0 : ETIME;
            }),
            0);
}

TEST_P(TimeNamespace, AnInterruptedTimeoutComesBackByItsClock) {
  EXPECT_EQ(In([&]() -> Errno {
              const int64_t before = Now(GetParam().clock);
              HandleSignal(SIGALRM);
              ualarm(20'000, 20'000);  // again: the first may come too early
              ksem_ioc_wait wait = {.units = 1,
                                    .flags = KSEM_WAIT_TIMEOUT,
                                    .timeout = 1'000'000 * kMillisecond,
                                    .clock = GetParam().clock};
              const Errno error = handle_.Request(KSEM_IOC_WAIT, &wait);
              if (error != EINTR) return error;
              if (wait.flags != KSEM_WAIT_DEADLINE) return EPROTO;
              const int64_t from = wait.timeout - 1'000'000 * kMillisecond;
              return from >= before && from <= Now(GetParam().clock) ? 0
                                                                     : ERANGE;
            }),
            0);
}

}  // namespace
}  // namespace ksem_test

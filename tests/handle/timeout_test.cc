// SPDX-License-Identifier: MIT
// Time limits of the three requests that wait: by three clocks, from now or at
// a point in time, and what remains of one after a signal.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;

// How long to wait at most; each request has this in its structure.
struct Limit {
  unsigned flags;
  int64_t timeout;
  unsigned clock;
};

// One of the three requests that wait, for one unit.
struct Request {
  const char* name;
  Errno (*wait)(const Handle&, Limit*);
};

Errno WaitOne(const Handle& handle, Limit* limit) {
  ksem_ioc_wait request = {.units = 1,
                           .flags = limit->flags,
                           .timeout = limit->timeout,
                           .clock = limit->clock};
  const Errno error = handle.Request(KSEM_IOC_WAIT, &request);
  *limit = {request.flags, request.timeout, request.clock};
  return error;
}

template <unsigned long command>
Errno WaitMulti(const Handle& handle, Limit* limit) {
  ksem_ioc_multi request = {
      .flags = limit->flags, .timeout = limit->timeout, .clock = limit->clock};
  const Errno error = Multi(command, {Take(handle)}, &request);
  *limit = {request.flags, request.timeout, request.clock};
  return error;
}

class Timed : public testing::TestWithParam<Request> {
 protected:
  Errno Wait(Limit limit) const { return GetParam().wait(handle_, &limit); }

  const Semaphore sem_;
  const Handle handle_{sem_};
};

INSTANTIATE_TEST_SUITE_P(
    By, Timed,
    testing::Values(Request{"Wait", WaitOne},
                    Request{"Any", WaitMulti<KSEM_IOC_ANY>},
                    Request{"All", WaitMulti<KSEM_IOC_ALL>}),
    [](const auto& info) { return info.param.name; });

constexpr int kClocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};

TEST_P(Timed, NotBeforeItsTime) {
  constexpr int64_t kTime = kSecond / 20;
  for (unsigned clock : kClocks) {
    int64_t start = Now(clock);
    EXPECT_EQ(Wait({KSEM_WAIT_TIMEOUT, kTime, clock}), ETIMEDOUT);
    EXPECT_GE(Now(clock), start + kTime) << clock;
    handle_.Expect({});

    start = Now(clock);
    EXPECT_EQ(Wait({KSEM_WAIT_DEADLINE, start + kTime, clock}), ETIMEDOUT);
    EXPECT_GE(Now(clock), start + kTime) << clock;
    handle_.Expect({});
  }
}

TEST_P(Timed, APastOneStillTakesWhatIsThere) {
  for (unsigned clock : kClocks) {
    for (unsigned flag : {KSEM_WAIT_TIMEOUT, KSEM_WAIT_DEADLINE}) {
      for (int64_t time : {0, 1}) {
        EXPECT_EQ(Wait({flag, time, clock}), ETIMEDOUT);
        handle_.Expect({});
        EXPECT_EQ(handle_.Post(), 0);
        EXPECT_EQ(Wait({flag, time, clock}), 0);
        handle_.Expect({});
      }
    }
  }
}

TEST_P(Timed, TheLongestIsNoOverflow) {
  for (unsigned clock : kClocks) {
    for (unsigned flag : {KSEM_WAIT_TIMEOUT, KSEM_WAIT_DEADLINE}) {
      Process waiter = StartWaiter(sem_, [&] {
        return Wait({flag, INT64_MAX, clock});
      });
      handle_.Expect({.waiters = 1});
      EXPECT_EQ(handle_.Post(), 0);
      EXPECT_EQ(waiter.Result(), 0);
      handle_.Expect({});
    }
  }
}

TEST_P(Timed, LetsTheNextOneGoAfterATimeout) {
  EXPECT_EQ(Wait({KSEM_WAIT_TIMEOUT, 1, CLOCK_MONOTONIC}), ETIMEDOUT);
  Process next = StartWaiter(sem_, [&] { return handle_.Wait(); });
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(next.Result(), 0);
  handle_.Expect({});
}

// The request of a waiter, which its parent sees.
class Shared {
 public:
  explicit Shared(const Limit& limit) : limit_(new (Map()) Limit(limit)) {}
  ~Shared() { munmap(limit_, sizeof(*limit_)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  Limit* get() const { return limit_; }

 private:
  static void* Map() {
    return mmap(nullptr, sizeof(Limit), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }

  Limit* const limit_;
};

TEST_P(Timed, AfterASignalTheRestOfTheTimeIsLeft) {
  for (unsigned clock : kClocks) {
    // Setting the clock doesn't change how long something takes.
    const unsigned by = clock == CLOCK_REALTIME ? CLOCK_MONOTONIC : clock;
    Shared limit({KSEM_WAIT_TIMEOUT, kHour, clock});
    const int64_t earliest = Now(by) + kHour;
    Process waiter = StartWaiter(sem_, [&] {
      HandleSignal(SIGUSR1);
      return GetParam().wait(handle_, limit.get());
    });
    const int64_t latest = Now(by) + kHour;
    waiter.Signal(SIGUSR1);
    EXPECT_EQ(waiter.Result(), EINTR);
    EXPECT_EQ(limit.get()->flags, unsigned{KSEM_WAIT_DEADLINE});
    EXPECT_EQ(limit.get()->clock, by);
    EXPECT_GE(limit.get()->timeout, earliest);
    EXPECT_LE(limit.get()->timeout, latest);
    handle_.Expect({});
  }
}

TEST_P(Timed, OtherFlagsStayAfterASignal) {
  Shared limit({KSEM_WAIT_TIMEOUT | KSEM_WAIT_UNDO, kHour, CLOCK_MONOTONIC});
  Process waiter = StartWaiter(sem_, [&] {
    HandleSignal(SIGUSR1);
    return GetParam().wait(handle_, limit.get());
  });
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  EXPECT_EQ(limit.get()->flags, unsigned{KSEM_WAIT_DEADLINE | KSEM_WAIT_UNDO});
}

TEST_P(Timed, ADeadlineAndNoLimitStayAsTheyAre) {
  const int64_t deadline = Now(CLOCK_REALTIME) + kHour;
  for (const Limit& before :
       {Limit{KSEM_WAIT_DEADLINE, deadline, CLOCK_REALTIME}, Limit{}}) {
    Shared limit(before);
    Process waiter = StartWaiter(sem_, [&] {
      HandleSignal(SIGUSR1);
      return GetParam().wait(handle_, limit.get());
    });
    waiter.Signal(SIGUSR1);
    EXPECT_EQ(waiter.Result(), EINTR);
    EXPECT_EQ(limit.get()->flags, before.flags);
    EXPECT_EQ(limit.get()->timeout, before.timeout);
    EXPECT_EQ(limit.get()->clock, before.clock);
  }
}

// If it did start anew at each of the signals, it would never end.
TEST_P(Timed, SaRestartDoesNotStartAnew) {
  Process waiter([&] {
    HandleSignal(SIGALRM, SA_RESTART);
    const itimerval often = {.it_interval = {.tv_usec = 50'000},
                             .it_value = {.tv_usec = 50'000}};
    setitimer(ITIMER_REAL, &often, nullptr);
    return Wait({KSEM_WAIT_TIMEOUT, kSecond, CLOCK_MONOTONIC});
  });
  EXPECT_EQ(waiter.Result(), ETIMEDOUT);
  handle_.Expect({});
}

TEST_P(Timed, WithNorestartAHandlerEndsIt) {
  Process waiter = StartWaiter(sem_, [&] {
    HandleSignal(SIGUSR1, SA_RESTART);
    return Wait(
        {KSEM_WAIT_TIMEOUT | KSEM_WAIT_NORESTART, kHour, CLOCK_MONOTONIC});
  });
  waiter.Signal(SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return waiter.state() == 'T'; }));
  waiter.Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] { return sem_.state().waiters == 1; }));
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  handle_.Expect({});
}

TEST_P(Timed, StopsDoNotStartItAnew) {
  Process waiter([&] {
    return Wait({KSEM_WAIT_TIMEOUT, 2 * kSecond, CLOCK_MONOTONIC});
  });
  EXPECT_TRUE(Eventually([&] {
    waiter.Signal(SIGSTOP);
    waiter.Signal(SIGCONT);
    return waiter.ended();
  }));
  EXPECT_EQ(waiter.Result(), ETIMEDOUT);
  handle_.Expect({});
}

TEST_P(Timed, AStoppedOneStillGetsItsUnit) {
  Process waiter = StartWaiter(sem_, [&] {
    return Wait({KSEM_WAIT_TIMEOUT, kHour, CLOCK_BOOTTIME});
  });
  waiter.Signal(SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return waiter.state() == 'T'; }));
  handle_.Expect({});
  EXPECT_EQ(handle_.Post(), 0);
  handle_.Expect({.value = 1});
  waiter.Signal(SIGCONT);
  EXPECT_EQ(waiter.Result(), 0);
  handle_.Expect({});
}

void SetRealTimeClock(int64_t ns) {
  const timespec time = {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
  EXPECT_EQ(Errno::Of(clock_settime(CLOCK_REALTIME, &time)), 0);
}

TEST_P(Timed, SettingTheClockEndsADeadlineOfIt) {
  const int64_t deadline = Now(CLOCK_REALTIME) + kHour;
  Process deadlined = StartWaiter(sem_, [&] {
    return Wait({KSEM_WAIT_DEADLINE, deadline, CLOCK_REALTIME});
  });
  Process timed = StartWaiter(sem_, [&] {
    return Wait({KSEM_WAIT_TIMEOUT, kHour, CLOCK_REALTIME});
  });
  handle_.Expect({.waiters = 2});
  SetRealTimeClock(deadline + kSecond);
  EXPECT_EQ(deadlined.Result(), ETIMEDOUT);
  handle_.Expect({.waiters = 1});
  SetRealTimeClock(Now(CLOCK_REALTIME) - kHour);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(timed.Result(), 0);
  handle_.Expect({});
}

}  // namespace
}  // namespace ksem_test

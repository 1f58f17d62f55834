// SPDX-License-Identifier: MIT
// CPUs that go and come: what an interrupt has posted on a CPU that goes is
// there without it. And callbacks that cause each other for ever, on one CPU
// and on two.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/cpu.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"
#include "tests/support/stress.h"
#include "tests/support/syscalls.h"

namespace ksem_test {
namespace {

constexpr char kThrottle[] = "/proc/sys/kernel/sched_rt_runtime_us";

class Cpus : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }
  static void TearDownTestSuite() { EXPECT_EQ(SetCpuOnline(1, true), 0); }

  Semaphore sem_;
  const KernelUser kernel_{sem_.name()};
};

// Polls, and is told by a post of somebody else's in a while.
void ExpectPollersAreTold(const Semaphore& sem, const Handle& handle) {
  Process poller([&]() -> Errno {
    pollfd fd = {.fd = handle.fd(), .events = POLLIN};
    return poll(&fd, 1, 30'000) == 1 ? 0 : ETIMEDOUT;
  });
  EXPECT_TRUE(Eventually([&] { return poller.asleep() || poller.ended(); }));
  EXPECT_FALSE(poller.ended());
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(poller.Result(), 0);
  EXPECT_EQ(sem.TryWait(), 0);
}

TEST_F(Cpus, WhatAnInterruptPostedOnOneThatGoes) {
  const Handle handle(sem_);
  // Somebody always looks, so that pollers have to be told, too.
  Process watcher([&]() -> Errno {
    pollfd fd = {.fd = handle.fd(), .events = POLLPRI};
    for (;;) poll(&fd, 1, -1);
  });
  for (long i = 0; i < std::max(3L, Scaled(10)) && !HasFailure(); i++) {
    ASSERT_EQ(SetCpuOnline(1, true), 0);
    ASSERT_EQ(kernel_.Call("take", 1), 0);
    ASSERT_EQ(kernel_.Call("cpus_post", 1), 0);
    usleep(20'000);
    ASSERT_EQ(SetCpuOnline(1, false), 0);
    ASSERT_EQ(kernel_.Call("cpus_post", 0), 0);
    // All callbacks are made, though nobody posts any more.
    EXPECT_TRUE(Eventually([&] {
      return kernel_.Get("taken") == kernel_.Get("posted");
    })) << kernel_.Get("taken")
        << " of " << kernel_.Get("posted");
    sem_.Expect({.waiters = 8});
    EXPECT_EQ(kernel_.Call("take", 0), 0);
    sem_.Expect({});
    ExpectPollersAreTold(sem_, handle);
  }
}

TEST_F(Cpus, LettingGoAndRmdirWithoutTheOneThatPosted) {
  for (int i = 0; i < 3; i++) {
    Semaphore sem;
    KernelUser user(sem.name());
    ASSERT_EQ(SetCpuOnline(1, true), 0);
    EXPECT_EQ(user.Call("take", 1), 0);
    EXPECT_EQ(user.Call("cpus_post", 1), 0);
    usleep(20'000);
    ASSERT_EQ(SetCpuOnline(1, false), 0);
    EXPECT_EQ(user.Release(), 0);
    EXPECT_EQ(sem.Remove(), 0);
  }
}

// Callbacks that post and ask again, as the header allows: other tasks get
// their time, and it can be ended.
TEST_P(Cpus, CallbacksWithoutAnEnd) {
  ASSERT_EQ(SetCpuOnline(1, GetParam() == 2), 0);
  std::string throttled;
  EXPECT_EQ(ReadFile(kThrottle, &throttled), 0);
  EXPECT_EQ(sem_.Post("5"), 0);
  for (const char* ask : {"async", "irq_async"}) {
    const int before = kernel_.Get("granted");
    EXPECT_EQ(kernel_.Call("again", 2'000'000'000), 0);
    EXPECT_EQ(kernel_.Call(ask), 0);
    // No real-time task, and the kernel keeps no time for such: it would not
    // come to an end if callbacks had all CPUs.
    EXPECT_EQ(WriteFile(kThrottle, "-1"), 0);
    volatile long work = 0;
    for (int i = 0; i < 10'000'000; i++) work = work + 1;
    usleep(100'000);
    EXPECT_EQ(WriteFile(kThrottle, throttled), 0);
    EXPECT_TRUE(
        Eventually([&] { return kernel_.Get("granted") > before + 100; }));
    // Granted already, or just asking again.
    const Errno error = kernel_.Call("cancel_sync");
    EXPECT_TRUE(error == ENOENT || error == 0) << error;
    const int after = kernel_.Get("granted");
    usleep(50'000);
    EXPECT_EQ(kernel_.Get("granted"), after);
    EXPECT_EQ(kernel_.Call("again", 0), 0);
    sem_.Expect({.value = 5});
  }
}

// The units are posted by timers; the callbacks keep as many requests busy.
TEST_P(Cpus, CallbacksOfAllTakersAtOnce) {
  ASSERT_EQ(SetCpuOnline(1, GetParam() == 2), 0);
  EXPECT_EQ(sem_.Set("value", "1000000"), 0);
  EXPECT_EQ(kernel_.Call("take", 1), 0);
  EXPECT_TRUE(Eventually([&] { return kernel_.Get("taken") > 1000; }));
  EXPECT_EQ(kernel_.Call("take", 2), 0);
  const int taken = kernel_.Get("taken");
  sem_.Expect({.value = 1'000'000 - static_cast<unsigned>(taken)});
}

INSTANTIATE_TEST_SUITE_P(On, Cpus, testing::Values(1, 2),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace ksem_test

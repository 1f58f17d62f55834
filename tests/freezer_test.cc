// SPDX-License-Identifier: MIT
// Suspend, as far as the freezer: tasks that wait in all ways there are. None
// keeps the system from it but those of which the documentation says so, all
// wait on afterwards, and no unit is lost.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <functional>
#include <list>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

constexpr int64_t kHour = 3'600'000'000'000;

// What a user of the kernel has that blocks, in ksem_test.c.
enum Sleeper { kThread, kFreezableThread, kWork, kFreezableWork };

class Freezer : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }

  void SetUp() override {
    if (!Exists("/sys/power/pm_test"))
      GTEST_SKIP() << "a kernel without CONFIG_PM_DEBUG";
    EXPECT_EQ(WriteFile("/sys/power/pm_test", "freezer"), 0);
    // Seconds that all are frozen.
    EXPECT_EQ(WriteFile("/sys/module/suspend/parameters/pm_test_delay", "1"),
              0);
    // Only to end what hangs.
    EXPECT_EQ(SetFreezeTimeout("60000"), 0);
  }

  // In milliseconds.
  static Errno SetFreezeTimeout(const std::string& timeout) {
    return WriteFile("/sys/power/pm_freeze_timeout", timeout);
  }
  static Errno Suspend() { return WriteFile("/sys/power/state", "freeze"); }
  // It gives up soon.
  static void ExpectHeldOff() {
    EXPECT_EQ(SetFreezeTimeout("3000"), 0);
    EXPECT_EQ(Suspend(), EBUSY);
    EXPECT_EQ(SetFreezeTimeout("60000"), 0);
  }

  void StartSleeper(Sleeper kind) {
    const unsigned before = sem_.waiters();
    EXPECT_EQ(kernel_.Call("sleep", kind), 0);
    EXPECT_TRUE(Eventually([&] { return sem_.waiters() == before + 1; }));
  }
  bool EventuallySlept(int times) {
    return Eventually([&] { return kernel_.Get("slept") == times; });
  }

  Semaphore sem_;
  const KernelUser kernel_{sem_.name()};
};

TEST_F(Freezer, TasksOfThePrograms) {
  const Semaphore other;
  const Handle handle(sem_), other_handle(other);
  std::list<Process> tasks;
  auto start = [&](const std::function<Errno()>& wait) {
    tasks.push_back(StartWaiter(sem_, wait));
  };
  for (const WaiterOptions& way : WaysToBlock())
    tasks.push_back(StartWaiter(sem_, way));
  start([&] { return handle.Wait(); });
  start([&] {
    return handle.Wait({.units = 1,
                        .flags = KSEM_WAIT_TIMEOUT,
                        .timeout = kHour,
                        .clock = CLOCK_MONOTONIC});
  });
  start([&] { return Any({Take(handle), Take(other_handle)}); });
  start([&] { return All({Take(handle), Give(other_handle)}); });
  start([&] { return kernel_.Call("wait"); });
  Process poller([&]() -> Errno {
    pollfd fd = {.fd = other_handle.fd(), .events = POLLIN};
    return poll(&fd, 1, 120'000) == 1 ? 0 : ETIMEDOUT;
  });
  EXPECT_TRUE(Eventually([&] { return poller.asleep(); }));
  const auto blocked = static_cast<unsigned>(tasks.size());
  EXPECT_EQ(sem_.waiters(), blocked);

  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(Suspend(), 0);
    EXPECT_TRUE(Eventually([&] { return sem_.waiters() == blocked; }));
    for (Process& task : tasks) EXPECT_FALSE(task.ended()) << task.Join();
    EXPECT_FALSE(poller.ended());
  }
  EXPECT_EQ(sem_.Post(std::to_string(blocked)), 0);
  // A wait in the kernel that the freezer's signal ended was begun anew.
  for (Process& task : tasks) EXPECT_EQ(task.Result(), 0);
  EXPECT_EQ(poller.Result(), 0);
  sem_.Expect({});
  other.Expect({.value = 1});
}

TEST_F(Freezer, ThreadsAndWorkOfTheKernel) {
  StartSleeper(kFreezableThread);
  StartSleeper(kThread);
  StartSleeper(kWork);
  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(Suspend(), 0);
    sem_.Expect({.waiters = 3});
    EXPECT_EQ(kernel_.Get("slept"), 0);
  }
  EXPECT_EQ(sem_.Post("4"), 0);
  EXPECT_TRUE(EventuallySlept(3));
  sem_.Expect({.value = 1});
}

// The first in the queue is frozen when an interrupt posts.
TEST_F(Freezer, AUnitForAFrozenThreadIsNotLost) {
  StartSleeper(kFreezableThread);
  Process program = StartWaiter(sem_);
  EXPECT_EQ(kernel_.Call("irq_post_later", 500), 0);
  EXPECT_EQ(Suspend(), 0);
  EXPECT_TRUE(EventuallySlept(1));
  // The program's wait begins anew, not before the program runs.
  EXPECT_TRUE(Eventually([&] { return sem_.waiters() == 1; }));
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(program.Result(), 0);
  sem_.Expect({});
}

// A post that comes while everybody is frozen, or just after that if the pause
// was short, reaches a kernel thread that isn't.
TEST_F(Freezer, AThreadThatIsNotFrozenGoesOn) {
  StartSleeper(kThread);
  EXPECT_EQ(kernel_.Call("irq_post_later", 500), 0);
  EXPECT_EQ(Suspend(), 0);
  EXPECT_TRUE(EventuallySlept(1));
  sem_.Expect({});
}

// No sleep in a work item can be frozen: the kernel waits for its end.
TEST_F(Freezer, FreezableWorkHoldsItOff) {
  StartSleeper(kFreezableWork);
  ExpectHeldOff();
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_TRUE(EventuallySlept(1));
  EXPECT_EQ(Suspend(), 0);
  sem_.Expect({});
}

// A request and a callback that queues the work is the way to do it.
TEST_F(Freezer, ARequestDoesNotHoldItOff) {
  EXPECT_EQ(kernel_.Call("async"), 0);
  EXPECT_EQ(kernel_.Call("irq_post_later", 500), 0);
  EXPECT_EQ(Suspend(), 0);
  EXPECT_TRUE(Eventually([&] { return kernel_.Get("granted") == 1; }));
  sem_.Expect({});
}

TEST_F(Freezer, AProgramInAKillableWaitHoldsItOff) {
  Process waiter =
      StartWaiter(sem_, [&] { return kernel_.Call("wait_killable"); });
  ExpectHeldOff();
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(Suspend(), 0);
  sem_.Expect({});
}

// kthread_stop()

TEST_F(Freezer, KthreadStopEndsTheWait) {
  StartSleeper(kThread);
  StartSleeper(kFreezableThread);
  EXPECT_EQ(kernel_.Call("end_sleepers"), 0);
  EXPECT_EQ(kernel_.Get("slept"), 0);
  EXPECT_EQ(kernel_.Get("slept_err"), -EINTR);
  sem_.Expect({});
}

}  // namespace
}  // namespace ksem_test

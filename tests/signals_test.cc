// SPDX-License-Identifier: MIT
// What interrupts a waiter: signals, stops, freezers. None may lose or double a
// unit, and a restarted call takes what it asked for, once.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "tests/support/eventually.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

class Interrupted : public testing::TestWithParam<WaiterOptions> {
 protected:
  Process StartHandling(const Semaphore& sem, int flags) {
    WaiterOptions options = GetParam();
    options.handled_signal = SIGUSR1;
    options.handler_flags = flags;
    return StartWaiter(sem, options);
  }
};

INSTANTIATE_TEST_SUITE_P(By, Interrupted, testing::ValuesIn(WaysToBlock()),
                         WayToBlock);

TEST_P(Interrupted, AHandlerGivesEintr) {
  Semaphore sem;
  Process waiter = StartHandling(sem, 0);
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  sem.Expect({});
}

TEST_P(Interrupted, TheWaiterBehindIsNotAffected) {
  Semaphore sem;
  Process first = StartHandling(sem, 0);
  Process second = StartHandling(sem, 0);
  first.Signal(SIGUSR1);
  EXPECT_EQ(first.Result(), EINTR);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({});
}

TEST_P(Interrupted, AnIgnoredSignalDoesNotInterrupt) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, GetParam());
  ASSERT_TRUE(Eventually([&] { return waiter.asleep(); }));
  const long sleeps = waiter.sleeps();
  waiter.Signal(SIGCHLD);
  waiter.Signal(SIGCONT);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(waiter.sleeps(), sleeps);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

TEST_P(Interrupted, AKilledWaiterLeavesTheQueueAndTakesNothing) {
  for (int signal : {SIGKILL, SIGINT, SIGTERM}) {
    Semaphore sem;
    Process waiter = StartWaiter(sem, GetParam());
    waiter.Signal(signal);
    EXPECT_EQ(waiter.Join(), (End{.signal = signal}));
    sem.Expect({});
    EXPECT_EQ(sem.Post(), 0);
    sem.Expect({.value = 1});
  }
}

TEST_P(Interrupted, AStoppedWaiterStandsAsideAndComesBack) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, GetParam());
  waiter.Signal(SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return waiter.state() == 'T'; }));
  sem.Expect({});
  EXPECT_EQ(sem.Post(), 0);
  sem.Expect({.value = 1});
  EXPECT_EQ(sem.TryWait(), 0);
  waiter.Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
  EXPECT_EQ(sem.Post("2"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({.value = 1});
}

TEST_P(Interrupted, AFrozenWaiterStandsAsideAndComesBack) {
  const std::string mount_point = "/tmp/cgroup-" + UniqueName();
  ASSERT_EQ(MakeDir(mount_point), 0);
  if (mount("none", mount_point.c_str(), "cgroup2", 0, nullptr))
    GTEST_SKIP() << "no cgroup2 in this kernel: " << Errno(errno);
  const std::string group = mount_point + "/group";
  ASSERT_EQ(MakeDir(group), 0);
  {
    Semaphore sem;
    Process waiter = StartWaiter(sem, GetParam());
    ASSERT_EQ(WriteFile(group + "/cgroup.procs", std::to_string(waiter.pid())),
              0);
    ASSERT_EQ(WriteFile(group + "/cgroup.freeze", "1"), 0);
    EXPECT_TRUE(Eventually([&] {
      return ReadOrFail(group + "/cgroup.events").find("frozen 1") !=
             std::string::npos;
    }));
    sem.Expect({});
    EXPECT_EQ(sem.Post("2"), 0);
    sem.Expect({.value = 2});
    ASSERT_EQ(WriteFile(group + "/cgroup.freeze", "0"), 0);
    EXPECT_EQ(waiter.Result(), 0);
    sem.Expect({.value = 1});
  }
  EXPECT_EQ(RemoveDir(group), 0);
  EXPECT_EQ(umount(mount_point.c_str()), 0);
  EXPECT_EQ(RemoveDir(mount_point), 0);
}

// Suspends, as far as the freezing of all tasks and back.
TEST_P(Interrupted, AWaiterLetsTheMachineSuspend) {
  if (WriteFile("/sys/power/pm_test", "freezer"))
    GTEST_SKIP() << "no /sys/power/pm_test in this kernel";
  Semaphore sem;
  Process waiter = StartWaiter(sem, GetParam());
  EXPECT_EQ(WriteFile("/sys/power/state", "freeze"), 0);
  EXPECT_EQ(WriteFile("/sys/power/pm_test", "none"), 0);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

TEST(Restart, ARestartedWaitKeepsNothingAndTakesOnce) {
  for (const char* text : {"", "1"}) {
    Semaphore sem;
    Process waiter = StartWaiter(
        sem,
        {.text = text, .handled_signal = SIGUSR1, .handler_flags = SA_RESTART});
    for (int i = 0; i < 20; i++) {
      waiter.Signal(SIGUSR1);
      EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
    }
    EXPECT_FALSE(waiter.ended());
    EXPECT_EQ(sem.Post("3"), 0);
    EXPECT_EQ(waiter.Result(), 0);
    sem.Expect({.value = 2});
  }
}

TEST(Restart, SavedUnitsAreNotTakenByARestart) {
  Semaphore sem;
  Process waiter = StartWaiter(
      sem,
      {.text = "3", .handled_signal = SIGUSR1, .handler_flags = SA_RESTART});
  EXPECT_EQ(sem.Post("2"), 0);
  const long sleeps = waiter.sleeps();
  waiter.Signal(SIGUSR1);
  // It waits again, so the signal has been handled.
  ASSERT_TRUE(Eventually(
      [&] { return waiter.sleeps() > sleeps && sem.waiters() == 1; }));
  sem.Expect({.value = 2, .waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

// The write can't come again with what is left of the duration, so it doesn't
// come again at all.
TEST(Restart, ATimedWaitIsNotRestartedAfterAHandler) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, {.file = "timedwait",
                                     .text = "1h",
                                     .handled_signal = SIGUSR1,
                                     .handler_flags = SA_RESTART});
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  sem.Expect({});
}

TEST(Restart, AnIgnoredSignalDoesNotProlongATimeout) {
  Semaphore sem;
  Process waiter([&] { return sem.TimedWait("1500ms"); });
  EXPECT_TRUE(Eventually([&] {
    waiter.Signal(SIGCHLD);
    return waiter.ended();
  }));
  EXPECT_EQ(waiter.Result(), ETIMEDOUT);
  sem.Expect({});
}

// Returns whether the waiter was stopped before its time was up.
bool AStoppedWaitTimesOut(int seconds) {
  Semaphore sem;
  Process waiter([&] { return sem.TimedWait(std::to_string(seconds) + "s"); });
  char state = '?';
  EXPECT_TRUE(Eventually([&] {
    state = waiter.state();
    return sem.waiters() == 1 || state == 'Z';
  }));
  waiter.Signal(SIGSTOP);
  EXPECT_TRUE(Eventually([&] {
    state = waiter.state();
    return state == 'T' || state == 'Z';
  }));
  waiter.Signal(SIGCONT);
  EXPECT_EQ(waiter.Result(), ETIMEDOUT);
  sem.Expect({});
  return state == 'T';
}

TEST(Restart, AStoppedTimedWaitEndsAfterItGoesOn) {
  // A busy machine needs more time.
  for (int seconds = 2; !AStoppedWaitTimesOut(seconds); seconds *= 2) {
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// The API for kernel modules, by a module that is a configfs driver itself:
// each call comes from a callback of another configfs subsystem. Kernel and
// user space use one semaphore.
#include "tests/support/kernel_user.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "tests/support/eventually.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

constexpr int kOpsMax = 64;

class Kernel : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }

  // A process that blocks in the kernel's call of this name.
  Process StartKernelWaiter(const std::string& call, int n = 1) {
    return StartWaiter(sem_, [&] { return kernel_.Call(call, n); });
  }
  bool EventuallyGranted(int times) {
    return Eventually([&] { return kernel_.Get("granted") == times; });
  }

  Semaphore sem_;
  KernelUser kernel_{sem_.name()};
};

TEST_F(Kernel, TakesAndGivesTheSameUnits) {
  EXPECT_EQ(sem_.Post("5"), 0);
  EXPECT_EQ(kernel_.Get("value"), 5);
  EXPECT_EQ(kernel_.Call("trywait", 2), 0);
  sem_.Expect({.value = 3});
  EXPECT_EQ(kernel_.Call("wait"), 0);
  EXPECT_EQ(kernel_.Call("wait_killable"), 0);
  EXPECT_EQ(kernel_.Call("timedwait_50ms"), 0);
  sem_.Expect({});
  EXPECT_EQ(kernel_.Call("trywait"), EAGAIN);
  EXPECT_EQ(kernel_.Call("post", 7), 0);
  sem_.Expect({.value = 7});
  EXPECT_EQ(sem_.Wait("7"), 0);
  sem_.Expect({});
}

TEST_F(Kernel, DoesSeveralInOneStep) {
  EXPECT_EQ(kernel_.Call("all", 2), 0);
  sem_.Expect({.value = 2});
  EXPECT_EQ(kernel_.Call("all_now", 2), EAGAIN);
  EXPECT_EQ(kernel_.Call("all_past", 2), ETIMEDOUT);
  EXPECT_EQ(kernel_.Call("all_50ms", 2), ETIMEDOUT);
  Process blocked = StartKernelWaiter("all", 3);
  EXPECT_EQ(sem_.Wait("1"), 0);
  sem_.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(sem_.Wait("1"), 0);
  EXPECT_EQ(blocked.Result(), 0);
  sem_.Expect({.value = 3});
  EXPECT_EQ(kernel_.Call("all_nr", kOpsMax), 0);
  sem_.Expect({.value = 3 + kOpsMax});
}

TEST_F(Kernel, SeveralThatCannotBeDone) {
  for (int nr : {0, kOpsMax + 1}) {
    EXPECT_EQ(kernel_.Call("all_nr", nr), EINVAL) << nr;
  }
  EXPECT_EQ(kernel_.Call("all", 0), EINVAL);
  EXPECT_EQ(kernel_.Call("all_undo"), EINVAL);
  EXPECT_EQ(WriteFile(kernel_.path("all"), "2147483648"), ERANGE);
  sem_.Expect({});
  EXPECT_EQ(sem_.Set("max", "2"), 0);
  EXPECT_EQ(kernel_.Call("all", 3), EOVERFLOW);
  sem_.Expect({.max = 2});
  EXPECT_EQ(sem_.Shutdown(), 0);
  EXPECT_EQ(kernel_.Call("all"), EIDRM);
}

TEST_F(Kernel, ASignalEndsSeveral) {
  EXPECT_EQ(sem_.Post("1"), 0);
  Process blocked = StartKernelWaiter("all");
  blocked.Signal(SIGKILL);
  EXPECT_EQ(blocked.Join(), End{.signal = SIGKILL});
  sem_.Expect({.value = 1});
}

TEST_F(Kernel, Errors) {
  EXPECT_EQ(sem_.Set("max", "3"), 0);
  for (const char* call : {"wait", "wait_killable", "timedwait_50ms",
                           "timedwait_0", "trywait", "async"}) {
    EXPECT_EQ(kernel_.Call(call, 0), EINVAL) << call;
    EXPECT_EQ(kernel_.Call(call, 4), ERANGE) << call;
  }
  EXPECT_EQ(WriteFile(kernel_.path("trywait"), "4294967295"), ERANGE);
  EXPECT_EQ(WriteFile(kernel_.path("post"), "4294967295"), EOVERFLOW);
  EXPECT_EQ(kernel_.Call("post", 0), EINVAL);
  EXPECT_EQ(kernel_.Call("post", 4), EOVERFLOW);
  sem_.Expect({.max = 3});
}

TEST_F(Kernel, TimedWaitTimesOut) {
  EXPECT_EQ(kernel_.Call("timedwait_50ms"), ETIMEDOUT);
  EXPECT_EQ(kernel_.Call("timedwait_0"), ETIMEDOUT);
  sem_.Expect({});
}

TEST_F(Kernel, ATimeInThePastDoesNotSleep) {
  Process late([&] { return kernel_.Call("timedwait_past"); });
  EXPECT_EQ(late.Result(), ETIMEDOUT);
  sem_.Expect({});
  EXPECT_EQ(sem_.Post(), 0);
  Process in_time([&] { return kernel_.Call("timedwait_past"); });
  EXPECT_EQ(in_time.Result(), 0);
  sem_.Expect({});
}

TEST_F(Kernel, KernelAndUserWaitInOneQueue) {
  Process user = StartWaiter(sem_);
  Process kernel = StartKernelWaiter("wait", 2);
  Process user_later = StartWaiter(sem_, {.text = ""});
  Process kernel_later = StartKernelWaiter("wait_killable");
  sem_.Expect({.waiters = 4});
  EXPECT_EQ(sem_.TryWait(), EAGAIN);
  EXPECT_EQ(kernel_.Call("trywait"), EAGAIN);

  EXPECT_EQ(kernel_.Call("post"), 0);
  EXPECT_EQ(user.Result(), 0);
  EXPECT_EQ(sem_.Post(), 0);
  sem_.Expect({.value = 1, .waiters = 3});
  EXPECT_EQ(kernel_.Call("post"), 0);
  EXPECT_EQ(kernel.Result(), 0);
  EXPECT_EQ(kernel_.Call("post"), 0);
  EXPECT_EQ(user_later.Result(), 0);
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(kernel_later.Result(), 0);
  sem_.Expect({});
}

TEST_F(Kernel, InterruptedBySignals) {
  Process wait = StartKernelWaiter("wait");
  Process killable = StartKernelWaiter("wait_killable");
  wait.Signal(SIGUSR1);  // not handled: fatal
  EXPECT_EQ(wait.Join().signal, SIGUSR1);
  killable.Signal(SIGKILL);
  EXPECT_EQ(killable.Join().signal, SIGKILL);
  sem_.Expect({});
}

TEST_F(Kernel, KillableIgnoresAHandledSignal) {
  Process waiter = StartWaiter(sem_, [&] {
    signal(SIGUSR1, [](int) {});
    return kernel_.Call("wait_killable");
  });
  waiter.Signal(SIGUSR1);
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem_.Expect({});
}

TEST_F(Kernel, ShutdownEndsKernelWaiters) {
  Process wait = StartKernelWaiter("wait");
  Process killable = StartKernelWaiter("wait_killable");
  EXPECT_EQ(kernel_.Call("async"), 0);
  sem_.Expect({.waiters = 3});
  EXPECT_EQ(sem_.Shutdown(), 0);
  EXPECT_EQ(wait.Result(), EIDRM);
  EXPECT_EQ(killable.Result(), EIDRM);
  EXPECT_TRUE(EventuallyGranted(1));
  EXPECT_EQ(kernel_.Get("granted_err"), -EIDRM);
  for (const char* call :
       {"wait", "wait_killable", "timedwait_50ms", "trywait", "post", "async"})
    EXPECT_EQ(kernel_.Call(call), EIDRM) << call;
  sem_.Expect({});
}

TEST_F(Kernel, FindsOnlyWhatIsThere) {
  EXPECT_EQ(kernel_.Call("get_put"), 0);
  EXPECT_EQ(kernel_.Call("get_nothing", 0), ENOENT);
  EXPECT_EQ(kernel_.Call("get_nothing", 1), ENOENT);
  EXPECT_EQ(sem_.Remove(), EBUSY);
  EXPECT_EQ(kernel_.Release(), 0);
  EXPECT_EQ(sem_.Remove(), 0);
}

TEST_F(Kernel, CreateRefusesWhatExistsAndWhatIsBad) {
  EXPECT_EQ(sem_.Post("2"), 0);
  EXPECT_EQ(kernel_.Call("create_same"), EEXIST);
  sem_.Expect({.value = 2});
  int which = 0;
  Errno error = 0;
  for (; (error = kernel_.Call("create_bad", which)) != ENOENT; which++)
    ASSERT_EQ(error, EINVAL) << which;
  EXPECT_EQ(which, 10);
  EXPECT_EQ(kernel_.Call("create_long", 255), 0);
  EXPECT_EQ(kernel_.Call("create_long", 256), ENAMETOOLONG);
  for (const char* name : {"bad", "a!b", "a\nb", "a\177"})
    EXPECT_FALSE(Exists(kRoot + std::string(name)));
}

// async waits

class Async : public Kernel {};

TEST_F(Async, IsGrantedWhatIsThere) {
  EXPECT_EQ(sem_.Post("3"), 0);
  EXPECT_EQ(kernel_.Call("async", 2), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  EXPECT_EQ(kernel_.Get("granted_err"), 0);
  sem_.Expect({.value = 1});
}

TEST_F(Async, WaitsInTheQueueLikeATask) {
  Process before = StartWaiter(sem_);
  EXPECT_EQ(kernel_.Call("async", 2), 0);
  Process after = StartWaiter(sem_);
  sem_.Expect({.waiters = 3});
  EXPECT_EQ(sem_.Post("2"), 0);
  EXPECT_EQ(before.Result(), 0);
  sem_.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(kernel_.Get("granted"), 0);
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(kernel_.Call("post"), 0);
  EXPECT_EQ(after.Result(), 0);
  sem_.Expect({});
}

TEST_F(Async, ARequestInUseIsRefused) {
  EXPECT_EQ(kernel_.Call("async"), 0);
  EXPECT_EQ(kernel_.Call("async"), EBUSY);
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  EXPECT_EQ(kernel_.Call("async"), 0);
  EXPECT_EQ(kernel_.Call("cancel"), 0);
  sem_.Expect({});
}

TEST_F(Async, CancelTakesItBackOnce) {
  for (const char* cancel : {"cancel", "cancel_sync"}) {
    EXPECT_EQ(kernel_.Call(cancel), ENOENT);
    EXPECT_EQ(kernel_.Call("async"), 0);
    sem_.Expect({.waiters = 1});
    EXPECT_EQ(kernel_.Call(cancel), 0);
    sem_.Expect({});
    EXPECT_EQ(kernel_.Call(cancel), ENOENT);
    EXPECT_EQ(sem_.Post(), 0);
    sem_.Expect({.value = 1});
    EXPECT_EQ(sem_.TryWait(), 0);
  }
  EXPECT_EQ(kernel_.Get("granted"), 0);
}

TEST_F(Async, CancelledHeadLetsTheOthersGo) {
  EXPECT_EQ(kernel_.Call("async", 3), 0);
  Process behind = StartWaiter(sem_);
  EXPECT_EQ(sem_.Post(), 0);
  sem_.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(kernel_.Call("cancel"), 0);
  EXPECT_EQ(behind.Result(), 0);
  sem_.Expect({});
}

TEST_F(Async, ACancelThatComesTooLateSaysSo) {
  EXPECT_EQ(kernel_.Call("async"), 0);
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(kernel_.Call("cancel_sync"), ENOENT);
  EXPECT_EQ(kernel_.Get("granted"), 1);  // the callback has run
  sem_.Expect({});
}

// Each callback posts for the next one and asks anew.
TEST_F(Async, TheCallbackMayPostAndAskAgain) {
  constexpr int kTimes = 1000;
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(kernel_.Call("async_again", kTimes), 0);
  EXPECT_TRUE(EventuallyGranted(kTimes + 1));
  EXPECT_EQ(kernel_.Get("granted_err"), 0);
  sem_.Expect({});
}

TEST_F(Async, PriorityOrderCountsARequestAsNormal) {
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  EXPECT_EQ(kernel_.Call("async"), 0);
  Process high = StartWaiter(sem_, {.rt_priority = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_EQ(high.Result(), 0);
  EXPECT_EQ(kernel_.Get("granted"), 0);
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  sem_.Expect({.order = "priority"});
}

TEST_F(Async, LettingGoCancels) {
  EXPECT_EQ(kernel_.Call("async"), 0);
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(kernel_.Release(), 0);
  sem_.Expect({});
}

// A timer's hard interrupt

class Irq : public Kernel {
 protected:
  bool EventuallyDone() {
    return Eventually([&] { return kernel_.Get("irq_left") == 0; });
  }
};

TEST_F(Irq, PostAddsToTheValue) {
  EXPECT_EQ(kernel_.Call("irq_post", 100), 0);
  EXPECT_TRUE(EventuallyDone());
  EXPECT_EQ(kernel_.Get("irq_done"), 100);
  sem_.Expect({.value = 100});
}

TEST_F(Irq, PostStopsAtTheCeiling) {
  EXPECT_EQ(sem_.Set("max", "7"), 0);
  EXPECT_EQ(kernel_.Call("irq_post", 20), 0);
  EXPECT_TRUE(EventuallyDone());
  EXPECT_EQ(kernel_.Get("irq_done"), 7);
  sem_.Expect({.value = 7, .max = 7});
}

TEST_F(Irq, PostWakesSleepers) {
  Process user = StartWaiter(sem_, {.text = "3"});
  Process kernel = StartKernelWaiter("wait");
  EXPECT_EQ(kernel_.Call("irq_post", 5), 0);
  EXPECT_EQ(user.Result(), 0);
  EXPECT_EQ(kernel.Result(), 0);
  EXPECT_TRUE(EventuallyDone());
  sem_.Expect({.value = 1});
}

TEST_F(Irq, PostGrantsRequests) {
  EXPECT_EQ(kernel_.Call("async"), 0);
  EXPECT_EQ(kernel_.Call("irq_post", 2), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  EXPECT_TRUE(EventuallyDone());
  sem_.Expect({.value = 1});
}

TEST_F(Irq, TryWaitTakes) {
  EXPECT_EQ(sem_.Post("30"), 0);
  EXPECT_EQ(kernel_.Call("irq_trywait", 50), 0);
  EXPECT_TRUE(EventuallyDone());
  EXPECT_EQ(kernel_.Get("irq_done"), 30);
  sem_.Expect({});
}

TEST_F(Irq, AsyncAsks) {
  EXPECT_EQ(kernel_.Call("irq_async", 1), 0);
  EXPECT_TRUE(EventuallyDone());
  EXPECT_EQ(kernel_.Get("irq_done"), 1);
  sem_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Post(), 0);
  EXPECT_TRUE(EventuallyGranted(1));
  sem_.Expect({});
}

// Threads

TEST_F(Kernel, NoMoreThreadsInsideThanUnits) {
  constexpr int kThreads = 8, kLoops = 200;
  EXPECT_EQ(sem_.Post("3"), 0);
  EXPECT_EQ(kernel_.Call("threads", kLoops), 0);
  Process user([&]() -> Errno {
    for (int i = 0; i < kLoops; i++) {
      if (const Errno error = sem_.Wait()) return error;
      if (const Errno error = sem_.Post()) return error;
    }
    return 0;
  });
  EXPECT_EQ(user.Result(), 0);
  EXPECT_TRUE(Eventually(
      [&] { return kernel_.Get("loops_done") == kThreads * kLoops; }));
  EXPECT_GE(kernel_.Get("inside_max"), 1);
  EXPECT_LE(kernel_.Get("inside_max"), 3);
  sem_.Expect({.value = 3});
}

// A semaphore that the kernel made

class Created : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }

  const std::string name_ = UniqueName();
  KernelUser maker_{name_};
  Semaphore sem_ = Semaphore::Named(name_);
};

TEST_F(Created, LooksAndWorksLikeAnyOther) {
  sem_.Expect({.value = 3, .max = 10});
  EXPECT_EQ(sem_.Wait("2"), 0);
  EXPECT_EQ(maker_.Call("trywait"), 0);
  Process waiter = StartWaiter(sem_);
  sem_.Expect({.max = 10, .waiters = 1});
  EXPECT_EQ(maker_.Call("post"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(sem_.Post("11"), EOVERFLOW);
  EXPECT_EQ(sem_.Set("max", "20"), 0);
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  sem_.Expect({.max = 20, .order = "priority"});
  EXPECT_EQ(ReadOrFail(sem_.path("undo")), "0\n");
  EXPECT_EQ(ReadOrFail(sem_.path("mappable")), "0\n");
}

TEST_F(Created, UserSpaceCannotRemoveIt) {
  EXPECT_EQ(sem_.Remove(), EPERM);
  Process waiter = StartWaiter(sem_, {.text = "4"});
  EXPECT_EQ(sem_.Remove(), EPERM);
  EXPECT_EQ(MakeDir(sem_.path()), EEXIST);
  EXPECT_EQ(UnloadModule("ksem"), EWOULDBLOCK);
  sem_.Expect({.value = 3, .max = 10, .waiters = 1});
}

TEST_F(Created, DestroyEndsTheWaitingAndTheDirectory) {
  File post(sem_.path("post"), O_WRONLY);
  Process wait = StartWaiter(sem_, {.text = "4"});
  Process timed = StartWaiter(sem_, {.file = "timedwait", .text = "1h"});
  EXPECT_EQ(maker_.Release(), 0);
  EXPECT_EQ(wait.Result(), EIDRM);
  EXPECT_EQ(timed.Result(), EIDRM);
  EXPECT_FALSE(Exists(sem_.path()));
  EXPECT_EQ(post.Write("1"), ENOENT);
}

TEST_F(Created, TheNameCanBeUsedAgain) {
  for (int i = 0; i < 20; i++) {
    EXPECT_EQ(maker_.Release(), 0);
    EXPECT_EQ(MakeDir(sem_.path()), 0);
    sem_.Expect({});
    EXPECT_EQ(sem_.Remove(), 0);
    KernelUser again(name_);
    sem_.Expect({.value = 3, .max = 10});
    EXPECT_EQ(again.Release(), 0);
    EXPECT_EQ(MakeDir(maker_.path()), 0);
  }
  EXPECT_EQ(RemoveDir(maker_.path()), 0);
}

// ksem_example holds what another module destroys.
TEST_F(Created, AHolderKeepsItUntilItLetsGo) {
  ASSERT_EQ(LoadModule("ksem_example", "name=" + name_), 0);
  EXPECT_EQ(maker_.Release(), 0);
  EXPECT_FALSE(Exists(sem_.path()));
  EXPECT_EQ(MakeDir(sem_.path()), 0);
  sem_.Expect({});
  EXPECT_EQ(sem_.Remove(), 0);
  EXPECT_EQ(UnloadModule("ksem_example"), 0);
}

// The example

TEST(Example, WaitsForItsSemaphore) {
  const std::string name = UniqueName();
  ASSERT_EQ(LoadModule("ksem_example", "name=" + name), 0);
  Semaphore sem = Semaphore::Named(name);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
  EXPECT_EQ(UnloadModule("ksem_example"), 0);
  sem.Expect({});
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Example, SharesAUnitWithUserSpace) {
  Semaphore sem({.max = 1});
  ASSERT_EQ(LoadModule("ksem_example", "name=" + sem.name()), 0);
  EXPECT_EQ(sem.Remove(), EBUSY);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
  EXPECT_EQ(sem.Post(), 0);
  // It takes the unit and gives it back; both can be seen, and we get it too.
  for (unsigned value : {0u, 1u})
    EXPECT_TRUE(Eventually([&] { return sem.state().value == value; }));
  EXPECT_EQ(sem.Wait(), 0);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1; }));
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(UnloadModule("ksem_example"), 0);
  EXPECT_EQ(sem.Remove(), 0);
}

}  // namespace
}  // namespace ksem_test

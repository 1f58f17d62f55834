// SPDX-License-Identifier: MIT
// Several operations in one step, or none.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <memory>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

constexpr ksem_ioc_multi kNow = {.flags = KSEM_WAIT_NOWAIT};

class AllOf : public testing::Test {
 protected:
  const Semaphore sa_, sb_, sc_;
  const Handle a_{sa_}, b_{sb_}, c_{sc_};
};

TEST_F(AllOf, AllOrNothing) {
  EXPECT_EQ(a_.Post({.units = 2}), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Take(b_)}, EAGAIN), 1u);
  a_.Expect({.value = 2});
  b_.Expect({});
  EXPECT_EQ(b_.Post({.units = 3}), 0);
  EXPECT_EQ(All({Take(a_), Take(b_, 3)}), 0);
  a_.Expect({.value = 1});
  b_.Expect({});
}

TEST_F(AllOf, KeepsNothingWhileItWaits) {
  EXPECT_EQ(a_.Post(), 0);
  Process all = StartWaiter(sb_, [&] { return All({Take(a_), Take(b_)}); });
  a_.Expect({.value = 1, .waiters = 1});
  b_.Expect({.waiters = 1});
  // The unit of a is anybody's.
  EXPECT_EQ(sa_.TryWait(), 0);
  a_.Expect({.waiters = 1});
  EXPECT_EQ(b_.Post(), 0);
  b_.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(all.Result(), 0);
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AllOf, ThoseThatQueueGoFirst) {
  Process all = StartWaiter(sa_, [&] { return All({Take(a_), Take(b_)}); });
  Process one = StartWaiter(sa_, [&] { return a_.Wait(); });
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(one.Result(), 0);
  a_.Expect({.waiters = 1});
  b_.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(all.Result(), 0);
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AllOf, PostsAndWaitsInOneStep) {
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(All({Take(a_), Give(b_, 2)}), 0);
  a_.Expect({});
  b_.Expect({.value = 2});
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Give(b_), Take(a_)}, EAGAIN), 1u);
  b_.Expect({.value = 2});
  Process mover = StartWaiter(sa_, [&] { return All({Give(b_), Take(a_)}); });
  b_.Expect({.value = 2, .waiters = 1});
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(mover.Result(), 0);
  a_.Expect({});
  b_.Expect({.value = 3});
}

TEST_F(AllOf, APostServesTheQueue) {
  Process waiter = StartWaiter(sa_, [&] { return a_.Wait({.units = 2}); });
  Process behind = StartWaiter(sa_, {.text = "1"});
  EXPECT_EQ(All({Give(a_, 3), Give(b_)}), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(behind.Result(), 0);
  a_.Expect({});
  b_.Expect({.value = 1});
}

TEST_F(AllOf, APostAboveTheCeilingIsAnError) {
  EXPECT_EQ(sb_.Set("max", "2"), 0);
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Give(b_, 3)}, EOVERFLOW), 1u);
  EXPECT_EQ(
      FailedIndex(KSEM_IOC_ALL, {Give(b_), Give(b_), Give(b_)}, EOVERFLOW), 2u);
  a_.Expect({.value = 1});
  b_.Expect({.max = 2});
  EXPECT_EQ(All({Give(b_), Give(b_)}), 0);
  b_.Expect({.value = 2, .max = 2});
}

TEST_F(AllOf, ZeroWaitsUntilThereAreNone) {
  EXPECT_EQ(All({Zero(a_)}), 0);
  EXPECT_EQ(a_.Post({.units = 2}), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Zero(b_), Zero(a_)}, EAGAIN), 1u);
  Process zero = StartWaiter(sa_, [&] { return All({Zero(a_), Give(b_)}); });
  EXPECT_EQ(a_.Wait(), 0);
  a_.Expect({.value = 1, .waiters = 1});
  b_.Expect({.waiters = 1});
  EXPECT_EQ(a_.Wait(), 0);
  EXPECT_EQ(zero.Result(), 0);
  a_.Expect({});
  b_.Expect({.value = 1});
}

// As a lock made of a System V semaphore: only one finds it at 0 and raises it.
TEST_F(AllOf, ZeroAndPostInOneStep) {
  EXPECT_EQ(All({Zero(a_), Give(a_)}), 0);
  a_.Expect({.value = 1});
  EXPECT_EQ(All({Zero(a_), Give(a_)}, kNow), EAGAIN);
  a_.Expect({.value = 1});
}

// The task that makes a change does what waits for it, so that a value that
// lasts for a moment is enough: none of the waiters can run before all is over.
TEST_F(AllOf, OnOneSemaphoreTheChangeCarriesItOut) {
  const auto wait_for = [&](const std::vector<ksem_ioc_op>& ops) {
    return StartWaiter(sa_, [ops] {
      RunOn(0);
      return All(ops);
    });
  };
  EXPECT_EQ(a_.Post(), 0);
  Process zero = wait_for({Zero(a_)});
  Process lock = wait_for({Zero(a_), Give(a_, 3)});
  Process two = wait_for({Take(a_, 2)});
  Process never = wait_for({Take(a_, 3)});
  Process changer([&]() -> Errno {
    RunOn(0);
    SetRealTime(50);
    if (Errno error = a_.Wait()) return error;
    const ksem_ioc_info info = a_.Info();
    return info.value == 1 && info.waiters == 1 ? 0 : EPROTO;
  });
  EXPECT_EQ(changer.Result(), 0);
  EXPECT_EQ(zero.Result(), 0);
  EXPECT_EQ(lock.Result(), 0);
  EXPECT_EQ(two.Result(), 0);
  a_.Expect({.value = 1, .waiters = 1});
  never.Signal(SIGKILL);
  EXPECT_EQ(never.Join(), End{.signal = SIGKILL});
  a_.Expect({.value = 1});
}

// There are more than one batch can hold. An interrupt leaves the rest to the
// thread "ksem", which gets no processor before the value has changed again.
TEST_F(AllOf, AMomentIsEnoughForAllThatWaitForZero) {
  constexpr int kWaiters = 100;
  LoadKernelUser();
  const KernelUser user(sa_.name());
  EXPECT_EQ(a_.Post(), 0);
  std::vector<Process> zeros;
  for (int i = 0; i < kWaiters; i++) {
    zeros.push_back(StartWaiter(sa_, [&] { return All({Zero(a_)}); }));
  }
  {
    const Busy busy(60);
    Process changer([&]() -> Errno {
      RunOn(0);
      SetRealTime(60);
      if (Errno error = user.Call("irq_trywait")) return error;
      while (user.Get("irq_left") != 0) continue;
      return a_.Post();
    });
    EXPECT_EQ(changer.Result(), 0);
  }
  for (Process& zero : zeros) EXPECT_EQ(zero.Result(), 0);
  a_.Expect({.value = 1});
}

// What it gives goes to the queue, and what it takes comes back with its
// handle.
TEST_F(AllOf, WhatIsCarriedOutCounts) {
  Process lock = StartWaiter(sa_, [&] {
    const Handle own(sa_);
    return All({With(Take(own, 2), KSEM_OP_UNDO), Give(own)});
  });
  Process behind = StartWaiter(sa_, [&] { return a_.Wait(); });
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  EXPECT_EQ(behind.Result(), 0);
  EXPECT_EQ(lock.Result(), 0);
  // 3 given, 1 taken, 2 taken and undone, 1 given.
  a_.Expect({.value = 3});
}

TEST_F(AllOf, TheSameSemaphoreAgainAndAgain) {
  Handle other(sa_);
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_, 2), Take(other, 2)}, EAGAIN),
            1u);
  a_.Expect({.value = 3});
  EXPECT_EQ(All({Take(a_, 2), Take(b_, 1), Take(other, 1)}, kNow), EAGAIN);
  a_.Expect({.value = 3});
  EXPECT_EQ(All({Take(a_, 2), Give(b_), Take(b_), Take(other, 1)}), 0);
  a_.Expect({});
  b_.Expect({});
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Give(a_)}, EAGAIN), 0u);
  EXPECT_EQ(All({Give(a_), Take(a_), Zero(a_)}), 0);
  a_.Expect({});
  Process twice = StartWaiter(sa_, [&] { return All({Take(a_), Take(a_)}); });
  EXPECT_EQ(a_.Post(), 0);
  a_.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(twice.Result(), 0);
  a_.Expect({});
}

TEST_F(AllOf, SixtyFourSemaphores) {
  std::deque<Semaphore> semaphores;
  std::deque<Handle> handles;
  std::vector<ksem_ioc_op> ops;
  for (int i = 0; i < KSEM_OPS_MAX; i++) {
    handles.emplace_back(semaphores.emplace_back(State{.value = 1}));
    ops.push_back(Take(handles.back()));
  }
  const Handle& last = handles.back();
  EXPECT_EQ(last.Wait(), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, ops, EAGAIN), KSEM_OPS_MAX - 1u);
  Process all = StartWaiter(semaphores.back(), [&] { return All(ops); });
  EXPECT_EQ(last.Post(), 0);
  EXPECT_EQ(all.Result(), 0);
  for (const Handle& handle : handles) handle.Expect({});
  std::ranges::reverse(ops);
  for (ksem_ioc_op& op : ops) op.op = KSEM_OP_POST;
  EXPECT_EQ(All(ops), 0);
  for (const Handle& handle : handles) handle.Expect({.value = 1});
  ops.push_back(ops[0]);
  EXPECT_EQ(All(ops), EINVAL);
}

TEST_F(AllOf, RefusesAndSaysWhich) {
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  const std::vector<ksem_ioc_op> bad_ops = {
      {.fd = a_.fd(), .op = KSEM_OP_WAIT, .units = 0},
      {.fd = a_.fd(), .op = KSEM_OP_POST, .units = 0},
      {.fd = a_.fd(), .op = KSEM_OP_ZERO, .units = 1},
      {.fd = a_.fd(), .op = KSEM_OP_WAIT, .units = 1, .flags = 8},
      {.fd = a_.fd(),
       .op = KSEM_OP_WAIT,
       .units = 1,
       .flags = KSEM_OP_UNDO | KSEM_OP_ADJUST},
      {.fd = a_.fd(), .op = KSEM_OP_ZERO, .flags = KSEM_OP_UNDO},
      {.fd = a_.fd(), .op = KSEM_OP_SET, .flags = KSEM_OP_ADJUST},
      {.fd = a_.fd(), .op = KSEM_OP_ZERO, .flags = KSEM_OP_ADJUST},
      {.fd = a_.fd(), .op = 4, .units = 1},
      {.fd = STDIN_FILENO, .op = KSEM_OP_WAIT, .units = 1},
  };
  for (const ksem_ioc_op& bad : bad_ops) {
    EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Take(a_), bad}, EINVAL), 2u)
        << &bad - bad_ops.data();
  }
  ksem_ioc_op op = Take(a_);
  for (int fd : {-1, 9999}) {
    op.fd = fd;
    EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), op}, EBADF), 1u);
  }
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Give(a_, 0x80000000)}, ERANGE),
            1u);
  EXPECT_EQ(sb_.Set("max", "5"), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Take(b_, 6)}, ERANGE), 1u);
  ksem_ioc_multi none = {};
  EXPECT_EQ(a_.Request(KSEM_IOC_ALL, &none), EINVAL);
  EXPECT_EQ(All({Take(a_)}, {.flags = 0x20}), EINVAL);
  a_.Expect({.value = 3});
}

TEST_F(AllOf, ALoweredCeilingEndsAWaitAboveIt) {
  Process waiter = StartWaiter(sa_, [&] { return All({Take(a_, 5)}); });
  EXPECT_EQ(sa_.Set("max", "4"), 0);
  EXPECT_EQ(waiter.Result(), ERANGE);
  a_.Expect({.max = 4});
}

TEST_F(AllOf, TheOrderStaysWhileItWaits) {
  Process waiter = StartWaiter(sa_, [&] { return All({Take(a_)}); });
  EXPECT_EQ(sa_.Set("order", "priority"), EBUSY);
  waiter.Signal(SIGKILL);
  EXPECT_EQ(waiter.Join(), End{.signal = SIGKILL});
  EXPECT_EQ(sa_.Set("order", "priority"), 0);
  a_.Expect({.order = "priority"});
}

TEST_F(AllOf, ASignalLeavesNothingBehind) {
  EXPECT_EQ(a_.Post(), 0);
  Process waiter = StartWaiter(sb_, [&] {
    HandleSignal(SIGUSR1);
    return All({Take(a_), Take(b_)});
  });
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  a_.Expect({.value = 1});
  b_.Expect({});
}

TEST_F(AllOf, ShutdownOfOneEndsIt) {
  EXPECT_EQ(a_.Post(), 0);
  Process waiter = StartWaiter(sb_, [&]() -> Errno {
    ksem_ioc_multi rest = {};
    const Errno error = Multi(KSEM_IOC_ALL, {Take(a_), Take(b_)}, &rest);
    return error == EIDRM && rest.index != 1 ? EPROTO : error;
  });
  EXPECT_EQ(sb_.Shutdown(), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  a_.Expect({.value = 1});
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Take(a_), Take(b_)}, EIDRM), 1u);
  a_.Expect({.value = 1});
}

TEST_F(AllOf, UndoOfEachHandle) {
  EXPECT_EQ(a_.Post({.units = 5}), 0);
  EXPECT_EQ(b_.Post({.units = 5}), 0);
  EXPECT_EQ(All({Take(a_, 2), Take(b_, 3)}, {.flags = KSEM_WAIT_UNDO}), 0);
  a_.Expect({.value = 3}, {.undo = 2});
  b_.Expect({.value = 2}, {.undo = 3});
  EXPECT_EQ(All({Give(a_), Take(b_)}, {.flags = KSEM_WAIT_UNDO}), 0);
  a_.Expect({.value = 4}, {.undo = 1});
  b_.Expect({.value = 1}, {.undo = 4});
  EXPECT_EQ(All({Give(a_), Give(b_)}), 0);
  a_.Expect({.value = 5}, {.undo = 1});
  b_.Expect({.value = 2}, {.undo = 4});
}

// Nothing is given yet; another thread may give it meanwhile.
TEST_F(AllOf, WhatIsOwedStaysWhileItWaits) {
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(b_.Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
  Process waiter = StartWaiter(sa_, [&] {
    return All({Take(a_), Give(b_)}, {.flags = KSEM_WAIT_UNDO});
  });
  b_.Expect({.waiters = 1}, {.undo = 1});
  EXPECT_EQ(b_.Post({.units = 1, .flags = KSEM_POST_UNDO}), 0);
  b_.Expect({.value = 1, .waiters = 1});
  waiter.Signal(SIGKILL);
  EXPECT_EQ(waiter.Join(), End{.signal = SIGKILL});
  b_.Expect({.value = 1});
}

TEST_F(AllOf, UndoOfSomeOnly) {
  EXPECT_EQ(a_.Post({.units = 5}), 0);
  EXPECT_EQ(All({With(Take(a_, 2), KSEM_OP_UNDO), Take(a_)}), 0);
  a_.Expect({.value = 2}, {.undo = 2});
  EXPECT_EQ(All({With(Give(a_, 3), KSEM_OP_UNDO), Give(a_)}), 0);
  a_.Expect({.value = 6});
}

TEST_F(AllOf, AdjustGoesBelowZero) {
  {
    Handle handle(sa_);
    EXPECT_EQ(All({With(Give(handle, 5), KSEM_OP_ADJUST)}), 0);
    handle.Expect({.value = 5}, {.undo = -5});
    EXPECT_EQ(All({With(Take(handle, 1), KSEM_OP_ADJUST)}), 0);
    handle.Expect({.value = 4}, {.undo = -4});
    // An ordinary one neither pays a debt nor makes one.
    EXPECT_EQ(handle.Post({.units = 1, .flags = KSEM_POST_UNDO}), 0);
    handle.Expect({.value = 5}, {.undo = -4});
  }
  a_.Expect({.value = 1});
}

TEST_F(AllOf, AdjustTakesNoMoreThanIsThere) {
  {
    Handle handle(sa_);
    EXPECT_EQ(All({With(Give(handle, 5), KSEM_OP_ADJUST)}), 0);
    EXPECT_EQ(a_.Wait({.units = 3}), 0);
  }
  a_.Expect({});
}

TEST_F(AllOf, AdjustGivesBackAsUndoDoes) {
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  {
    Handle handle(sa_);
    EXPECT_EQ(All({With(Take(handle, 3), KSEM_OP_ADJUST)}), 0);
    EXPECT_EQ(All({With(Give(handle), KSEM_OP_ADJUST)}), 0);
    handle.Expect({.value = 1}, {.undo = 2});
  }
  a_.Expect({.value = 3});
}

TEST_F(AllOf, WaitsForZeroLearnWhatAdjustTakesBack) {
  auto handle = std::make_unique<Handle>(sa_);
  EXPECT_EQ(All({With(Give(*handle), KSEM_OP_ADJUST)}), 0);
  const int fd = handle->fd();
  Process zero = StartWaiter(sa_, [&] {
    close(fd);
    return All({Zero(a_)});
  });
  handle.reset();
  EXPECT_EQ(zero.Result(), 0);
  a_.Expect({});
}

TEST_F(AllOf, SetsValuesInOneStep) {
  EXPECT_EQ(All({Set(a_, 3), Set(b_, 4), Take(b_)}), 0);
  a_.Expect({.value = 3});
  b_.Expect({.value = 3});
  EXPECT_EQ(sb_.Set("max", "5"), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Set(a_, 0), Set(b_, 6)}, EOVERFLOW), 1u);
  a_.Expect({.value = 3});
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Set(a_, 0x80000000)}, ERANGE), 0u);
  EXPECT_EQ(All({Set(a_, 0), Set(b_, 0)}), 0);
  Process waiter = StartWaiter(sa_, [&] { return a_.Wait({.units = 2}); });
  EXPECT_EQ(All({Set(a_, 3)}), 0);
  EXPECT_EQ(waiter.Result(), 0);
  a_.Expect({.value = 1});
  EXPECT_EQ(sa_.Shutdown(), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Set(b_, 1), Set(a_, 1)}, EIDRM), 1u);
  b_.Expect({.max = 5});
}

TEST_F(AllOf, WhatIsOwedStaysWhenAValueIsSet) {
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  EXPECT_EQ(All({Take(a_, 3), Set(a_, 2)}, {.flags = KSEM_WAIT_UNDO}), 0);
  a_.Expect({.value = 2}, {.undo = 3});
}

TEST_F(AllOf, SettingAValueCanMakeAllAccountsVoid) {
  EXPECT_EQ(a_.Post({.units = 9}), 0);
  {
    Handle other(sa_), down(sa_);
    EXPECT_EQ(other.Wait({.units = 2, .flags = KSEM_WAIT_UNDO}), 0);
    EXPECT_EQ(
        All({With(Take(a_, 3), KSEM_OP_ADJUST),
             With(Give(down, 5), KSEM_OP_ADJUST),
             With(Set(a_, 7), KSEM_OP_UNDO), With(Take(a_), KSEM_OP_ADJUST)}),
        0);
    a_.Expect({.value = 6}, {.undo = 1});
    other.Expect({.value = 6});
    down.Expect({.value = 6});
    // A post of that kind finds nothing to take off.
    EXPECT_EQ(other.Post({.units = 1, .flags = KSEM_POST_UNDO}), 0);
    EXPECT_EQ(other.Wait({.units = 4, .flags = KSEM_WAIT_UNDO}), 0);
    other.Expect({.value = 3}, {.undo = 4});
  }
  a_.Expect({.value = 7}, {.undo = 1});
  EXPECT_EQ(
      All({With(Set(a_, 0), KSEM_OP_UNDO), With(Take(b_), KSEM_OP_NOWAIT)}),
      EAGAIN);
  a_.Expect({.value = 7}, {.undo = 1});
}

TEST_F(AllOf, ToSetNeedsBothPermissions) {
  Handle reader(sa_, O_RDONLY), writer(sa_, O_WRONLY);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Set(reader, 1)}, EBADF), 0u);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, {Set(writer, 1)}, EBADF), 0u);
  a_.Expect({});
}

TEST_F(AllOf, OneThatDoesNotWait) {
  EXPECT_EQ(All({With(Take(a_), KSEM_OP_NOWAIT)}), EAGAIN);
  // Blocked by the first, it gives up when only the second is in the way.
  Process waiter = StartWaiter(sa_, [&]() -> Errno {
    ksem_ioc_multi rest = {};
    const Errno error =
        Multi(KSEM_IOC_ALL, {Take(a_), With(Take(b_), KSEM_OP_NOWAIT)}, &rest);
    return error == EAGAIN && rest.index != 1 ? EPROTO : error;
  });
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(waiter.Result(), EAGAIN);
  a_.Expect({.value = 1});
  b_.Expect({});
}

TEST_F(AllOf, TellsWhatTheBlockedWaitFor) {
  const auto stuck = [](const Handle& handle, unsigned units, unsigned zero) {
    return Eventually([&] {
      const ksem_ioc_info info = handle.Info();
      return info.for_units == units && info.for_zero == zero;
    });
  };
  EXPECT_EQ(b_.Post(), 0);
  Process one = StartWaiter(sa_, [&] { return a_.Wait(); });
  EXPECT_TRUE(stuck(a_, 1, 0));
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(one.Result(), 0);
  Process both = StartWaiter(sb_, [&] { return All({Take(a_), Zero(b_)}); });
  EXPECT_TRUE(stuck(a_, 1, 0));
  EXPECT_TRUE(stuck(b_, 0, 0));
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_TRUE(stuck(a_, 0, 0));
  EXPECT_TRUE(stuck(b_, 0, 1));
  both.Signal(SIGKILL);
  EXPECT_EQ(both.Join(), End{.signal = SIGKILL});
  EXPECT_TRUE(stuck(a_, 0, 0));
  EXPECT_TRUE(stuck(b_, 0, 0));
  a_.Expect({.value = 1});
  b_.Expect({.value = 1});
}

TEST_F(AllOf, ThePageCountsIn) {
  Page page(a_);
  Process waiter = StartWaiter(sa_, [&] { return All({Take(a_), Take(b_)}); });
  EXPECT_TRUE(Eventually([&] { return page.contended(); }));
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_TRUE(page.GiveFast(2));
  EXPECT_EQ(All({Take(a_)}), 0);
  a_.Expect({.value = 1});
  b_.Expect({});
}

// Another step sees both or none: the sum over both stays as it is, since a
// look at both is also one step.
TEST_F(AllOf, IsOneStepForAnotherStep) {
  constexpr int kRounds = 2000;
  EXPECT_EQ(a_.Post(), 0);
  std::vector<Process> movers;
  for (int i = 0; i < 2; i++) {
    movers.emplace_back([&]() -> Errno {
      for (int round = 0; round < kRounds; round++) {
        if (Errno error = All({Take(a_), Give(b_)})) return error;
        if (Errno error = All({Take(b_), Give(a_)})) return error;
      }
      return 0;
    });
  }
  unsigned both = 0;
  while (!movers[0].ended() || !movers[1].ended()) {
    both += !All({Zero(a_), Zero(b_)}, kNow);
    both += !All({Take(a_), Take(b_)}, kNow);
  }
  EXPECT_EQ(both, 0u);
  for (Process& mover : movers) EXPECT_EQ(mover.Result(), 0);
  a_.Expect({.value = 1});
  b_.Expect({});
}

// Philosophers, in the order that makes everybody wait who takes one by one;
// some give up after a while, and others take one fork only.
TEST_F(AllOf, UnitsAreConserved) {
  constexpr int kSeats = 5, kRounds = 200;
  std::deque<Semaphore> forks;
  std::deque<Handle> handles;
  for (int i = 0; i < kSeats; i++) {
    handles.emplace_back(forks.emplace_back(State{.value = 1, .max = 1}));
  }
  std::vector<Process> guests;
  for (int seat = 0; seat < kSeats; seat++) {
    const Handle& left = handles[seat];
    const Handle& right = handles[(seat + 1) % kSeats];
    guests.emplace_back([&, seat]() -> Errno {
      for (int round = 0; round < kRounds; round++) {
        const Errno error = All({Take(left), Take(right)},
                                {.flags = KSEM_WAIT_TIMEOUT,
                                 .timeout = (round + seat) % 9 * 100'000,
                                 .clock = CLOCK_MONOTONIC});
        if (error == ETIMEDOUT) continue;
        if (error) return error;
        if (Errno e = All({Give(right), Give(left)})) return e;
      }
      return 0;
    });
    guests.emplace_back([&]() -> Errno {
      for (int round = 0; round < kRounds; round++) {
        if (Errno error = left.Wait()) return error;
        if (Errno error = left.Post()) return error;
      }
      return 0;
    });
  }
  for (Process& guest : guests) EXPECT_EQ(guest.Result(), 0);
  for (const Handle& handle : handles) handle.Expect({.value = 1, .max = 1});
}

}  // namespace
}  // namespace ksem_test

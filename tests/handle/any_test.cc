// SPDX-License-Identifier: MIT
// One wait for any of several semaphores.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

// Waits for any, and expects the operation of that index to be done.
Errno AnyIs(unsigned index, const std::vector<ksem_ioc_op>& ops,
            ksem_ioc_multi rest = {}) {
  rest.index = ~index;
  const Errno error = Multi(KSEM_IOC_ANY, ops, &rest);
  if (error) return error;
  return rest.index == index ? 0 : EPROTO;
}

// Three semaphores.
class AnyOf : public testing::Test {
 protected:
  const Semaphore sa_, sb_, sc_;
  const Handle a_{sa_}, b_{sb_}, c_{sc_};
};

TEST_F(AnyOf, TheFirstThatCanBeDone) {
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(c_.Post(), 0);
  EXPECT_EQ(AnyIs(1, {Take(a_), Take(b_), Take(c_)}), 0);
  b_.Expect({});
  c_.Expect({.value = 1});
  EXPECT_EQ(AnyIs(2, {Take(a_), Take(b_), Take(c_)}), 0);
  c_.Expect({});
  EXPECT_EQ(Any({Take(a_), Take(b_)}, {.flags = KSEM_WAIT_NOWAIT}), EAGAIN);
}

TEST_F(AnyOf, ByUnits) {
  EXPECT_EQ(a_.Post({.units = 4}), 0);
  EXPECT_EQ(b_.Post({.units = 5}), 0);
  EXPECT_EQ(AnyIs(1, {Take(a_, 5), Take(b_, 5)}), 0);
  a_.Expect({.value = 4});
  b_.Expect({});
}

TEST_F(AnyOf, TheFirstPostWinsAndNoOther) {
  for (unsigned winner = 0; winner < 3; winner++) {
    Process waiter = StartWaiter(sa_, [&] {
      return AnyIs(winner, {Take(a_), Take(b_), Take(c_)});
    });
    a_.Expect({.waiters = 1});
    b_.Expect({.waiters = 1});
    c_.Expect({.waiters = 1});
    const Handle* handles[] = {&a_, &b_, &c_};
    EXPECT_EQ(handles[winner]->Post(), 0);
    EXPECT_EQ(waiter.Result(), 0);
    a_.Expect({});
    b_.Expect({});
    c_.Expect({});
  }
}

TEST_F(AnyOf, ItHasItsPlaceInEachQueue) {
  Process before = StartWaiter(sb_, [&] { return b_.Wait(); });
  Process any = StartWaiter(sb_, [&] {
    return AnyIs(1, {Take(a_), Take(b_)});
  });
  Process behind = StartWaiter(sb_, [&] { return b_.Wait(); });
  b_.Expect({.waiters = 3});
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(before.Result(), 0);
  a_.Expect({.waiters = 1});
  b_.Expect({.waiters = 2});
  EXPECT_EQ(b_.Wait({.units = 1, .flags = KSEM_WAIT_NOWAIT}), EAGAIN);
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(any.Result(), 0);
  a_.Expect({});
  b_.Expect({.waiters = 1});
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(behind.Result(), 0);
  b_.Expect({});
}

TEST_F(AnyOf, WhoIsBehindGoesWhenItHasWonElsewhere) {
  Process any = StartWaiter(sa_, [&] {
    return AnyIs(1, {Take(a_, 5), Take(b_)});
  });
  Process behind = StartWaiter(sa_, [&] { return a_.Wait(); });
  EXPECT_EQ(a_.Post(), 0);
  a_.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(any.Result(), 0);
  EXPECT_EQ(behind.Result(), 0);
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AnyOf, AStoppedOneIsInNobodysWay) {
  Process any = StartWaiter(sa_, [&] {
    return AnyIs(1, {Take(a_, 5), Take(b_)});
  });
  Process behind = StartWaiter(sa_, [&] { return a_.Wait(); });
  EXPECT_EQ(a_.Post(), 0);
  any.Signal(SIGSTOP);
  EXPECT_EQ(behind.Result(), 0);
  any.Signal(SIGCONT);
  EXPECT_EQ(b_.Post(), 0);
  EXPECT_EQ(any.Result(), 0);
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AnyOf, ServedByTheKernelAndByAFile) {
  LoadKernelUser();
  KernelUser user(sa_.name());
  Process first = StartWaiter(sa_, [&] {
    return AnyIs(0, {Take(a_), Take(b_)});
  });
  EXPECT_EQ(user.Call("irq_post"), 0);
  EXPECT_EQ(first.Result(), 0);
  Process second = StartWaiter(sa_, [&] {
    return AnyIs(1, {Take(a_), Take(b_)});
  });
  EXPECT_EQ(sb_.Post(), 0);
  EXPECT_EQ(second.Result(), 0);
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AnyOf, SixtyFourHandles) {
  std::deque<Semaphore> semaphores;
  std::deque<Handle> handles;
  std::vector<ksem_ioc_op> ops;
  for (int i = 0; i < KSEM_OPS_MAX; i++) {
    handles.emplace_back(semaphores.emplace_back());
    ops.push_back(Take(handles.back()));
  }
  Process waiter = StartWaiter(semaphores.back(),
                               [&] { return AnyIs(KSEM_OPS_MAX - 1, ops); });
  for (const Handle& handle : handles) handle.Expect({.waiters = 1});
  EXPECT_EQ(handles.back().Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  for (const Handle& handle : handles) handle.Expect({});
  ops.push_back(Take(a_));
  EXPECT_EQ(Any(ops), EINVAL);
}

TEST_F(AnyOf, TakesASemaphoreOnceOnly) {
  const Handle again(sa_);
  EXPECT_EQ(
      FailedIndex(KSEM_IOC_ANY, {Take(a_), Take(b_), Take(again)}, EINVAL), 2u);
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(a_), Take(a_)}, EINVAL), 1u);
  a_.Expect({.value = 1});
}

TEST_F(AnyOf, RefusesAndSaysWhich) {
  EXPECT_EQ(a_.Post({.units = 3}), 0);
  const std::vector<ksem_ioc_op> bad_ops = {
      {.fd = a_.fd(), .op = KSEM_OP_WAIT, .units = 0},
      {.fd = a_.fd(), .op = KSEM_OP_WAIT, .units = 1, .flags = KSEM_OP_NOWAIT},
      {.fd = a_.fd(), .op = KSEM_OP_POST, .units = 1},
      {.fd = a_.fd(), .op = KSEM_OP_ZERO},
      {.fd = a_.fd(), .op = 3, .units = 1},
      {.fd = a_.fd(), .op = 0xffffffff, .units = 1},
      {.fd = STDIN_FILENO, .op = KSEM_OP_WAIT, .units = 1},
  };
  for (const ksem_ioc_op& bad : bad_ops) {
    EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(b_), Take(b_), bad}, EINVAL), 2u)
        << &bad - bad_ops.data();
  }
  ksem_ioc_op op = Take(a_);
  for (int fd : {-1, -100, 9999, 0x7fffffff}) {
    op.fd = fd;
    EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(b_), op}, EBADF), 1u);
  }
  // What is wrong is found before what can be done is.
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(a_), op}, EBADF), 1u);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(b_), Take(a_, 0x80000000)}, ERANGE),
            1u);
  EXPECT_EQ(sb_.Set("max", "5"), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(c_), Take(b_, 6)}, ERANGE), 1u);
  ksem_ioc_multi none = {};
  EXPECT_EQ(a_.Request(KSEM_IOC_ANY, &none), EINVAL);
  EXPECT_EQ(Any({Take(a_)}, {.flags = 0x20}), EINVAL);
  EXPECT_EQ(Any({Take(a_)}, {.timeout = 1}), EINVAL);
  EXPECT_EQ(Any({Take(a_)}, {.flags = KSEM_WAIT_TIMEOUT, .timeout = -1}),
            EINVAL);
  a_.Expect({.value = 3});
  b_.Expect({.max = 5});
}

TEST_F(AnyOf, ADescriptorOfTheFilesIsForeign) {
  File file(sa_.path("wait"), O_RDWR);
  ksem_ioc_op op = Take(a_);
  op.fd = file.fd();
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(b_), op}, EINVAL), 1u);
}

TEST_F(AnyOf, ASignalLeavesNothingBehind) {
  Process waiter = StartWaiter(sa_, [&] {
    HandleSignal(SIGUSR1);
    return Any({Take(a_), Take(b_)});
  });
  waiter.Signal(SIGUSR1);
  EXPECT_EQ(waiter.Result(), EINTR);
  a_.Expect({});
  b_.Expect({});
  Process killed = StartWaiter(sb_, [&] { return Any({Take(a_), Take(b_)}); });
  killed.Signal(SIGKILL);
  EXPECT_EQ(killed.Join(), End{.signal = SIGKILL});
  a_.Expect({});
  b_.Expect({});
}

TEST_F(AnyOf, ShutdownOfOneEndsIt) {
  Process waiter = StartWaiter(sa_, [&]() -> Errno {
    ksem_ioc_multi rest = {};
    const Errno error = Multi(KSEM_IOC_ANY, {Take(a_), Take(b_)}, &rest);
    return error == EIDRM && rest.index != 1 ? EPROTO : error;
  });
  EXPECT_EQ(sb_.Shutdown(), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  a_.Expect({});
  // A unit of one before it can still be had.
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(AnyIs(0, {Take(a_), Take(b_)}), 0);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, {Take(a_), Take(b_)}, EIDRM), 1u);
}

TEST_F(AnyOf, UndoIsOfTheHandleThatWon) {
  EXPECT_EQ(b_.Post({.units = 2}), 0);
  EXPECT_EQ(AnyIs(1, {Take(a_), Take(b_, 2)}, {.flags = KSEM_WAIT_UNDO}), 0);
  a_.Expect({});
  b_.Expect({}, {.undo = 2});
  Process waiter = StartWaiter(sa_, [&] {
    return AnyIs(0, {Take(a_), Take(b_)}, {.flags = KSEM_WAIT_UNDO});
  });
  EXPECT_EQ(a_.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  a_.Expect({}, {.undo = 1});
  b_.Expect({}, {.undo = 2});
}

TEST_F(AnyOf, ThePageCountsIn) {
  Page page(a_);
  Process waiter = StartWaiter(sa_, [&] {
    return AnyIs(0, {Take(a_), Take(b_)});
  });
  EXPECT_FALSE(page.GiveFast());
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_FALSE(page.contended());
  EXPECT_TRUE(page.GiveFast());
  EXPECT_EQ(AnyIs(1, {Take(b_), Take(a_)}), 0);
  a_.Expect({});
}

// Two post to both of its semaphores at once: it takes one of the units, and
// the other stays there.
TEST_F(AnyOf, NoUnitIsLostWhenPostsRace) {
  constexpr int kRounds = 500;
  std::atomic<int> round = 0;
  std::jthread waiter([&] {
    for (int i = 0; i < 2 * kRounds; i++) {
      EXPECT_EQ(Any({Take(a_), Take(b_)}), 0);
    }
  });
  std::jthread poster([&] {
    for (int i = 0; i < kRounds; i++) {
      while (round == i) std::this_thread::yield();
      EXPECT_EQ(b_.Post(), 0);
    }
  });
  for (int i = 0; i < kRounds; i++) {
    EXPECT_TRUE(Eventually([&] {
      return a_.Info().waiters == 1 && b_.Info().waiters == 1 &&
             a_.Info().value == 0 && b_.Info().value == 0;
    }));
    round++;
    EXPECT_EQ(a_.Post(), 0);
  }
  waiter.join();
  poster.join();
  a_.Expect({});
  b_.Expect({});
}

// Each that ends was in the way of the next one, at a semaphore that somebody
// watches, and has too many places for a batch to hold two of them. However
// many there are, the kernel's stack has a limit.
TEST(Any, AChainOfThemEnds) {
  constexpr unsigned kLength = 60;
  std::deque<Semaphore> semaphores;
  std::deque<Handle> handles;
  const auto make = [&] { handles.emplace_back(semaphores.emplace_back()); };
  for (unsigned i = 0; i <= kLength; i++) make();
  std::vector<ksem_ioc_op> others;
  while (others.size() < KSEM_OPS_MAX - 1) {
    make();
    others.push_back(Take(handles.back()));
  }
  std::deque<Process> waiters;
  const auto wait = [&](unsigned at, std::vector<ksem_ioc_op> ops) {
    ops.insert(ops.end(), others.begin(), others.end());
    ops.resize(KSEM_OPS_MAX);
    waiters.push_back(StartWaiter(semaphores[at], [ops] { return Any(ops); }));
  };
  for (unsigned i = 0; i < kLength; i++) {
    wait(i, {Take(handles[i]), Take(handles[i + 1], 3)});
  }
  for (unsigned i = 0; i < kLength; i++) {
    wait(i, {Take(handles[i])});
    if (i > 0) {
      EXPECT_EQ(handles[i].Post({.units = 2}), 0);
    }
  }
  // That somebody has read them makes the kernel tell of the next change.
  for (unsigned i = 1; i < kLength; i++) {
    EXPECT_EQ(ReadOrFail(ClassPath(semaphores[i].name(), "value")), "2\n");
  }
  EXPECT_EQ(handles[0].Post({.units = 2}), 0);
  for (Process& waiter : waiters) EXPECT_EQ(waiter.Result(), 0);
  for (const Handle& handle : handles) handle.Expect({});
}

// Many wait for any of three with a time limit or until killed, all is in
// motion, and in the end nothing is lost or made.
TEST_F(AnyOf, UnitsAreConserved) {
  constexpr unsigned kUnits = 2, kWorkers = 8;
  for (const Handle* handle : {&a_, &b_, &c_}) {
    EXPECT_EQ(handle->Post({.units = kUnits}), 0);
  }
  std::vector<Process> workers;
  for (unsigned i = 0; i < kWorkers; i++) {
    workers.emplace_back([&]() -> Errno {
      const Handle* handles[] = {&a_, &b_, &c_};
      for (int round = 0; round < 300; round++) {
        ksem_ioc_multi rest = {.flags = KSEM_WAIT_TIMEOUT,
                               .timeout = round % 7 * 100'000,
                               .clock = CLOCK_MONOTONIC};
        const Errno error =
            Multi(KSEM_IOC_ANY, {Take(a_, 2), Take(b_), Take(c_)}, &rest);
        if (error == ETIMEDOUT) continue;
        if (error) return error;
        const unsigned units = rest.index == 0 ? 2 : 1;
        if (Errno e = handles[rest.index]->Post({.units = units})) return e;
      }
      return 0;
    });
  }
  for (Process& worker : workers) EXPECT_EQ(worker.Result(), 0);
  a_.Expect({.value = kUnits});
  b_.Expect({.value = kUnits});
  c_.Expect({.value = kUnits});
}

}  // namespace
}  // namespace ksem_test

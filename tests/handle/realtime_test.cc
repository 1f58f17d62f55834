// SPDX-License-Identifier: MIT
// Whom a post wakes, and when, while tasks of real-time priority are busy. A
// busy task ends when it is told to, so no test depends on the clock.
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>

#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

Errno Poll(const Handle& handle) {
  pollfd entry = {.fd = handle.fd(), .events = POLLIN};
  return Errno::Of(poll(&entry, 1, -1) - 1);
}

Errno Epoll(const Handle& handle) {
  const int set = epoll_create1(0);
  epoll_event event = {.events = EPOLLIN};
  if (epoll_ctl(set, EPOLL_CTL_ADD, handle.fd(), &event) != 0) return errno;
  return Errno::Of(epoll_wait(set, &event, 1, -1) - 1);
}

struct Way {
  const char* name;
  Errno (*wait)(const Handle& handle);
};

constexpr Way kWays[] = {
    {"Wait", [](const Handle& h) { return h.Wait(); }},
    {"Any", [](const Handle& h) { return Any({Take(h)}); }},
    {"All", [](const Handle& h) { return All({Take(h)}); }},
    {"Poll", Poll},
    {"Epoll", Epoll},
};

class AtThePostersPriority : public testing::TestWithParam<Way> {};

INSTANTIATE_TEST_SUITE_P(By, AtThePostersPriority, testing::ValuesIn(kWays),
                         [](const auto& info) { return info.param.name; });

// The poster's CPU is busy with a task of higher priority than any thread of
// the kernel has that could do the waking in the poster's place.
TEST_P(AtThePostersPriority, AWaiterIsWoken) {
  const Semaphore sem;
  const Handle handle(sem);
  Process waiter([&] {
    RunOn(0);
    return GetParam().wait(handle);
  });
  ASSERT_TRUE(Eventually([&] { return waiter.asleep(); }));
  const Busy busy(70);
  Process poster([&] {
    SetRealTime(80);  // first, or it never runs there
    RunOn(1);
    return handle.Post();
  });
  EXPECT_EQ(poster.Result(), 0);
  EXPECT_EQ(waiter.Result(), 0);
}

// The task of a wait for any of two semaphores is served by one of them and
// can't run: its place in the queue of the other one mustn't be in anybody's
// way.
TEST(AnEndedWaitForAny, LeavesItsOtherQueuesAtOnce) {
  const Semaphore sa, sb;
  const Handle a(sa), b(sb);
  Process any = StartWaiter(sb, [&] {
    RunOn(1);
    return Any({Take(a), Take(b, 5)});
  });
  Process behind([&] {
    RunOn(0);
    return b.Wait();
  });
  ASSERT_TRUE(Eventually([&] { return sb.waiters() == 2; }));
  EXPECT_EQ(b.Post({.units = 3}), 0);
  b.Expect({.value = 3, .waiters = 2});
  const Busy busy(50);
  EXPECT_EQ(a.Post(), 0);
  b.Expect({.value = 2});
  EXPECT_EQ(b.Wait({.units = 1, .flags = KSEM_WAIT_NOWAIT}), 0);
  EXPECT_EQ(behind.Result(), 0);
  EXPECT_FALSE(any.ended());
  a.Expect({});
  b.Expect({.value = 1});
}

// The same when it gives up.
TEST(AnEndedWaitForAny, LeavesItsQueuesWhenItTimesOut) {
  const Semaphore sa, sb;
  const Handle a(sa), b(sb);
  Process any = StartWaiter(sb, [&] {
    return Any({Take(a), Take(b, 5)}, {.flags = KSEM_WAIT_TIMEOUT,
                                       .timeout = 200'000'000,
                                       .clock = CLOCK_MONOTONIC});
  });
  EXPECT_EQ(b.Post({.units = 1}), 0);
  EXPECT_EQ(b.Wait(), 0);
  EXPECT_EQ(any.Result(), ETIMEDOUT);
  a.Expect({});
  b.Expect({});
}

// Each wait is first in the queue of its own semaphore, of which it wants two
// units, so that the next one waits behind it for the one unit there is. When
// the first ends, so do all, be they more than a post does at once.
TEST(AnEndedWaitForAny, OneEndsAnother) {
  constexpr int kCount = 100;
  const Semaphore first;
  const Handle start(first);
  std::deque<Semaphore> semaphores;
  std::deque<Handle> handles;
  std::vector<Process> waits;
  for (int i = 0; i < kCount; i++) {
    const Handle& before = i ? handles.back() : start;
    const Handle& own = handles.emplace_back(semaphores.emplace_back());
    waits.push_back(StartWaiter(semaphores.back(), [&] {
      return Any({Take(before), Take(own, 2)});
    }));
    EXPECT_EQ(own.Post(), 0);
  }
  EXPECT_EQ(start.Post(), 0);
  for (Process& wait : waits) EXPECT_EQ(wait.Result(), 0);
  for (const Handle& handle : handles) {
    handle.Expect({.value = &handle == &handles.back() ? 1U : 0U});
  }
}

class ByPriority : public testing::Test {
 protected:
  Process Start(int priority) {
    return StartWaiter(sem_, [&, priority] {
      SetRealTime(priority);
      return handle_.Wait();
    });
  }
  static void Change(const Process& process, int priority) {
    const sched_param param = {.sched_priority = priority};
    ASSERT_EQ(sched_setscheduler(process.pid(), SCHED_FIFO, &param), 0);
  }

  const Semaphore sem_{State{.order = "priority"}};
  const Handle handle_{sem_};
};

TEST_F(ByPriority, WhatCountsIsThePriorityWhenUnitsAreHandedOut) {
  Process first = Start(20);
  Process second = Start(10);
  Process third = Start(15);
  Change(second, 30);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(second.Result(), 0);
  Change(first, 5);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(third.Result(), 0);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(first.Result(), 0);
}

TEST_F(ByPriority, ARaisedWaiterForLessGoesBeforeOneForMore) {
  Process more = StartWaiter(sem_, [&] {
    SetRealTime(20);
    return handle_.Wait({.units = 3});
  });
  Process less = Start(10);
  EXPECT_EQ(handle_.Post(), 0);
  handle_.Expect({.value = 1, .waiters = 2, .order = "priority"});
  Change(less, 30);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(less.Result(), 0);
  handle_.Expect({.value = 1, .waiters = 1, .order = "priority"});
  EXPECT_EQ(handle_.Post({.units = 2}), 0);
  EXPECT_EQ(more.Result(), 0);
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// The request that tells who is blocked.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

// What is told with room for so many.
struct Told {
  Errno error;
  unsigned total = 0;
  std::vector<ksem_ioc_waiter> waiters;
};

Told Ask(const Handle& handle, unsigned room = KSEM_WAITERS_MAX) {
  std::vector<ksem_ioc_waiter> waiters(room);
  ksem_ioc_waiters request = {
      .waiters = reinterpret_cast<uintptr_t>(waiters.data()),
      .nr = room,
      .waiter_size = sizeof(ksem_ioc_waiter)};
  Told told = {handle.Request(KSEM_IOC_WAITERS, &request)};
  told.total = request.total;
  waiters.resize(request.nr);
  told.waiters = waiters;
  return told;
}

std::vector<unsigned> Pids(const Handle& handle) {
  std::vector<unsigned> pids;
  for (const ksem_ioc_waiter& waiter : Ask(handle).waiters)
    pids.push_back(waiter.pid);
  return pids;
}

std::vector<unsigned> Pids(const std::vector<Process>& processes) {
  std::vector<unsigned> pids;
  for (const Process& process : processes) pids.push_back(process.pid());
  return pids;
}

TEST(Waiters, NobodyWaits) {
  Semaphore sem;
  Handle handle(sem);
  const Told told = Ask(handle);
  EXPECT_EQ(told.error, 0);
  EXPECT_EQ(told.total, 0u);
  EXPECT_TRUE(told.waiters.empty());
}

TEST(Waiters, TellsWhoWaitsForHowManyAndHowLong) {
  Semaphore sem;
  Handle handle(sem);
  const int64_t before = Now(CLOCK_MONOTONIC);
  Process waiter = StartWaiter(sem, [&]() -> Errno {
    prctl(PR_SET_NAME, "sleeping beauty");
    return handle.Wait({.units = 7});
  });
  const Told told = Ask(handle);
  EXPECT_EQ(told.total, 1u);
  ASSERT_EQ(told.waiters.size(), 1u);
  const ksem_ioc_waiter& it = told.waiters[0];
  EXPECT_EQ(it.pid, static_cast<unsigned>(waiter.pid()));
  EXPECT_EQ(it.tid, it.pid);
  EXPECT_EQ(it.units, 7u);
  EXPECT_EQ(it.way, unsigned{KSEM_WAY_WAIT});
  EXPECT_EQ(it.flags, 0u);
  EXPECT_EQ(it.reserved, 0u);
  EXPECT_STREQ(it.comm, "sleeping beauty");
  EXPECT_GT(it.ns, 0);
  EXPECT_LE(it.ns, Now(CLOCK_MONOTONIC) - before);
}

TEST(Waiters, KnowsTheFilesToo) {
  Semaphore sem;
  Handle handle(sem);
  std::vector<Process> waiters;
  for (const WaiterOptions& way : WaysToBlock())
    waiters.push_back(StartWaiter(sem, way));
  EXPECT_EQ(Pids(handle), Pids(waiters));
}

TEST(Waiters, AreInTheOrderInWhichTheyAreServed) {
  Semaphore sem({.order = "priority"});
  Handle handle(sem);
  std::vector<Process> waiters;
  for (const int priority : {0, 10, 30, 20, 0})
    waiters.push_back(StartWaiter(sem, {.rt_priority = priority}));
  std::vector<unsigned> pids = Pids(waiters);
  EXPECT_EQ(Pids(handle),
            (std::vector{pids[2], pids[3], pids[1], pids[0], pids[4]}));
}

TEST(Waiters, TellsTheWay) {
  Semaphore sem, other;
  Handle handle(sem), others(other);
  const Process step = StartWaiter(sem, [&] {
    return All({Take(handle, 2), Take(others)});
  });
  const Process any = StartWaiter(sem, [&] {
    return Any({Take(others), Take(handle, 3)});
  });
  const Process wait = StartWaiter(sem, [&] { return handle.Wait(); });
  const Told told = Ask(handle);
  EXPECT_EQ(told.total, 3u);
  ASSERT_EQ(told.waiters.size(), 3u);
  const unsigned ways[] = {KSEM_WAY_ANY, KSEM_WAY_WAIT, KSEM_WAY_ALL};
  const pid_t pids[] = {any.pid(), wait.pid(), step.pid()};
  const unsigned units[] = {3, 1, 2};
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(told.waiters[i].way, ways[i]) << i;
    EXPECT_EQ(told.waiters[i].pid, static_cast<unsigned>(pids[i])) << i;
    EXPECT_EQ(told.waiters[i].units, units[i]) << i;
    EXPECT_GT(told.waiters[i].ns, 0) << i;
  }
}

// A step that waits for something else isn't in the way of this one.
TEST(Waiters, TellsOfAStepThatWaitsForZero) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  const Process step = StartWaiter(sem, [&] { return All({Zero(handle)}); });
  const Told told = Ask(handle);
  ASSERT_EQ(told.waiters.size(), 1u);
  EXPECT_EQ(told.waiters[0].way, unsigned{KSEM_WAY_ALL});
  EXPECT_EQ(told.waiters[0].units, 0u);
}

TEST(Waiters, TellsTheFirstOfMany) {
  Semaphore sem;
  Handle handle(sem);
  std::vector<Process> waiters;
  for (int i = 0; i < 5; i++) waiters.push_back(StartWaiter(sem));
  for (unsigned room = 0; room <= 6; room++) {
    const Told told = Ask(handle, room);
    EXPECT_EQ(told.error, 0);
    EXPECT_EQ(told.total, 5u);
    EXPECT_EQ(told.waiters.size(), std::min(room, 5u));
  }
}

TEST(Waiters, TellsNoMoreThanItCan) {
  Semaphore sem;
  Handle handle(sem);
  std::vector<Process> waiters;
  for (int i = 0; i < KSEM_WAITERS_MAX + 2; i++)
    waiters.push_back(StartWaiter(sem));
  const Told told = Ask(handle, 1000);
  EXPECT_EQ(told.total, unsigned{KSEM_WAITERS_MAX} + 2);
  EXPECT_EQ(told.waiters.size(), size_t{KSEM_WAITERS_MAX});
  EXPECT_EQ(told.waiters.back().pid,
            static_cast<unsigned>(waiters[KSEM_WAITERS_MAX - 1].pid()));
}

TEST(Waiters, GoWhenTheyAreServed) {
  Semaphore sem;
  Handle handle(sem);
  Process first = StartWaiter(sem), second = StartWaiter(sem);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(Pids(handle), (std::vector{static_cast<unsigned>(second.pid())}));
  second.Signal(SIGKILL);
  second.Join();
  EXPECT_TRUE(Pids(handle).empty());
}

TEST(Waiters, AreToldToEveryHandle) {
  Semaphore sem;
  const Process waiter = StartWaiter(sem);
  EXPECT_EQ(Ask(Handle(sem, O_RDONLY)).waiters.size(), 1u);
  EXPECT_EQ(Ask(Handle(sem, O_WRONLY)).waiters.size(), 1u);
}

TEST(Waiters, OfTheSemaphoreThatIsMeant) {
  Semaphore sem;
  Handle handle(sem);
  ksem_ioc_waiter waiter;
  ksem_ioc_waiters request = {.id = handle.Info().id,
                              .waiters = reinterpret_cast<uintptr_t>(&waiter),
                              .nr = 1,
                              .waiter_size = sizeof(waiter)};
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), 0);
  request.id++;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), ESTALE);
}

TEST(Waiters, RefusesNonsense) {
  Semaphore sem;
  Handle handle(sem);
  const Process blocked = StartWaiter(sem);
  ksem_ioc_waiter waiter;
  const ksem_ioc_waiters good = {
      .waiters = reinterpret_cast<uintptr_t>(&waiter),
      .nr = 1,
      .waiter_size = sizeof(waiter)};
  ksem_ioc_waiters request = good;
  request.waiter_size = sizeof(waiter) - 1;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), EINVAL);
  request.waiter_size = 1 << 20;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), E2BIG);
  request = good;
  request.reserved = 1;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), EINVAL);
  request = good;
  request.waiters = 1;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), EFAULT);
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, nullptr), EFAULT);
  request = good;
  EXPECT_EQ(
      handle.Request(WithSize(KSEM_IOC_WAITERS, sizeof(request) - 1), &request),
      EINVAL);
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), 0);
}

// A program that was built with a newer header.
TEST(Waiters, FillsALongerElement) {
  Semaphore sem;
  Handle handle(sem);
  const Process blocked = StartWaiter(sem), next = StartWaiter(sem);
  struct {
    ksem_ioc_waiter now;
    uint64_t later = ~0ull;
  } waiters[2];
  ksem_ioc_waiters request = {.waiters = reinterpret_cast<uintptr_t>(waiters),
                              .nr = 2,
                              .waiter_size = sizeof(waiters[0])};
  EXPECT_EQ(handle.Request(KSEM_IOC_WAITERS, &request), 0);
  EXPECT_EQ(waiters[0].now.pid, static_cast<unsigned>(blocked.pid()));
  EXPECT_EQ(waiters[1].now.pid, static_cast<unsigned>(next.pid()));
  EXPECT_EQ(waiters[0].later, 0u);
  EXPECT_EQ(waiters[1].later, 0u);
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// Who gets the units: hand-over, order, and what value and max do to waiters.
// All but HandOver holds for semaphores that aren't fair, too.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/modes.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

TEST(HandOver, PostGivesTheUnitToTheWaiter) {
  Semaphore sem;
  Process waiter = StartWaiter(sem);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  sem.Expect({});  // at once: it is off the queue before post returns
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

TEST(HandOver, WaiterByReadGetsItsUnit) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, {.text = ""});
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

class Queue : public BothModes {};
IN_BOTH_MODES(Queue);

TEST_P(Queue, NewcomersCannotSteal) {
  Semaphore sem({.value = 1});
  Process first = StartWaiter(sem, {.text = "2"});
  EXPECT_EQ(sem.TryWait(), EAGAIN);
  std::string text;
  EXPECT_EQ(ReadFile(sem.path("trywait"), &text), EAGAIN);
  EXPECT_EQ(sem.TimedWait("0"), ETIMEDOUT);
  sem.Expect({.value = 1, .waiters = 1});

  Process second = StartWaiter(sem);  // blocks, though there is a unit
  sem.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(first.Result(), 0);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({});
}

TEST_P(Queue, WakesExactlyOneTaskPerUnit) {
  Semaphore sem;
  std::vector<Process> waiters;
  for (int i = 0; i < 4; i++) waiters.push_back(StartWaiter(sem));
  // Asleep, so that each sleep counted from here is after a wake-up.
  std::vector<long> sleeps;
  for (Process& w : waiters) {
    ASSERT_TRUE(Eventually([&] { return w.asleep(); }));
    sleeps.push_back(w.sleeps());
  }

  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiters[0].Result(), 0);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiters[1].Result(), 0);
  sem.Expect({.waiters = 2});
  for (int i : {2, 3}) {
    EXPECT_EQ(waiters[i].state(), 'S');
    EXPECT_EQ(waiters[i].sleeps(), sleeps[i]);
  }
}

TEST(HandOver, OnePostServesAllItCan) {
  Semaphore sem;
  Process first = StartWaiter(sem);
  Process second = StartWaiter(sem, {.text = "2"});
  Process third = StartWaiter(sem, {.text = "5"});
  EXPECT_EQ(sem.Post("6"), 0);
  sem.Expect({.value = 3, .waiters = 1});
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
  EXPECT_FALSE(third.ended());
  EXPECT_EQ(sem.Post("4"), 0);
  EXPECT_EQ(third.Result(), 0);
  sem.Expect({.value = 2});
}

// More than the kernel serves without dropping its lock. Where it can't tell
// whether it may go on, as without CONFIG_PREEMPT_COUNT, its thread does.
TEST(HandOver, OnePostServesALongQueue) {
  constexpr int kWaiters = 150;
  Semaphore sem;
  std::vector<Process> waiters;
  for (int i = 0; i < kWaiters; i++) waiters.push_back(StartWaiter(sem));
  sem.Expect({.waiters = kWaiters});
  EXPECT_EQ(sem.Post(std::to_string(kWaiters - 10)), 0);
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 10; }));
  sem.Expect({.waiters = 10});
  EXPECT_EQ(sem.Post("11"), 0);
  for (Process& w : waiters) EXPECT_EQ(w.Result(), 0);
  sem.Expect({.value = 1});
}

class SavingUp : public BothModes {};
IN_BOTH_MODES(SavingUp);

TEST_P(SavingUp, UnitsAreKeptForTheHeadAndTheOthersWait) {
  Semaphore sem;
  Process head = StartWaiter(sem, {.text = "3"});
  Process behind = StartWaiter(sem);
  for (unsigned units : {1u, 2u}) {
    EXPECT_EQ(sem.Post(), 0);
    sem.Expect({.value = units, .waiters = 2});
  }
  EXPECT_FALSE(head.ended());
  EXPECT_FALSE(behind.ended());
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(head.Result(), 0);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(behind.Result(), 0);
  sem.Expect({});
}

TEST_P(SavingUp, WhenTheHeadIsKilledThoseBehindGetWhatWasSaved) {
  Semaphore sem;
  Process head = StartWaiter(sem, {.text = "3"});
  Process second = StartWaiter(sem);
  Process third = StartWaiter(sem);
  EXPECT_EQ(sem.Post("2"), 0);
  sem.Expect({.value = 2, .waiters = 3});
  head.Signal(SIGKILL);
  EXPECT_EQ(head.Join().signal, SIGKILL);
  EXPECT_EQ(second.Result(), 0);
  EXPECT_EQ(third.Result(), 0);
  sem.Expect({});
}

// Returns whether the second waiter queued before the head's time was up.
bool TheHeadTimesOut(int seconds) {
  Semaphore sem({.value = 1});
  Process head([&] { return sem.TimedWait(std::to_string(seconds) + "s 2"); });
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 1 || head.ended(); }));
  Process second([&] { return sem.Wait(); });
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == 2 || head.ended(); }));
  const bool in_time = !head.ended();
  EXPECT_EQ(head.Result(), ETIMEDOUT);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({});
  return in_time;
}

TEST_P(SavingUp, WhenTheHeadTimesOutThoseBehindGetWhatWasSaved) {
  // A busy machine needs more time.
  for (int seconds = 2; !TheHeadTimesOut(seconds); seconds *= 2) {
    ASSERT_FALSE(HasFailure());
  }
}

TEST_P(SavingUp, ALeaverInTheMiddleChangesNothing) {
  Semaphore sem({.value = 1});
  Process head = StartWaiter(sem, {.text = "2"});
  Process middle = StartWaiter(sem, {.text = "7"});
  Process last = StartWaiter(sem);
  middle.Signal(SIGKILL);
  middle.Join();
  sem.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(head.Result(), 0);
  sem.Expect({.waiters = 1});
}

// Posts unit by unit and expects the waiters to end in this order.
void ExpectServed(const Semaphore& sem, const std::vector<Process*>& in_order) {
  for (size_t i = 0; i < in_order.size(); i++) {
    EXPECT_EQ(sem.Post(), 0);
    EXPECT_EQ(in_order[i]->Result(), 0);
    for (size_t j = i + 1; j < in_order.size(); j++)
      EXPECT_FALSE(in_order[j]->ended()) << j << " was served as number " << i;
  }
}

class Fifo : public BothModes {};
IN_BOTH_MODES(Fifo);

TEST_P(Fifo, FirstComeFirstServed) {
  Semaphore sem;
  Process a = StartWaiter(sem);
  Process b = StartWaiter(sem, {.text = ""});
  Process c = StartWaiter(sem, {.file = "timedwait", .text = "10m"});
  Process d = StartWaiter(sem);
  ExpectServed(sem, {&a, &b, &c, &d});
  sem.Expect({});
}

TEST_P(Fifo, PriorityDoesNotMatter) {
  Semaphore sem;
  Process low = StartWaiter(sem);
  Process high = StartWaiter(sem, {.rt_priority = 50});
  ExpectServed(sem, {&low, &high});
  sem.Expect({});
}

class Priority : public BothModes {};
IN_BOTH_MODES(Priority);

TEST_P(Priority, HigherGoesFirstAndEqualsAreFifo) {
  Semaphore sem({.order = "priority"});
  Process normal = StartWaiter(sem);
  Process ten = StartWaiter(sem, {.rt_priority = 10});
  Process fifty = StartWaiter(sem, {.rt_priority = 50});
  Process ten_later = StartWaiter(sem, {.rt_priority = 10});
  Process normal_later = StartWaiter(sem);
  sem.Expect({.waiters = 5, .order = "priority"});
  ExpectServed(sem, {&fifty, &ten, &ten_later, &normal, &normal_later});
  sem.Expect({.order = "priority"});
}

TEST_P(Priority, ANewHeadTakesOverWhatWasSaved) {
  Semaphore sem({.order = "priority"});
  Process low = StartWaiter(sem, {.text = "3"});
  EXPECT_EQ(sem.Post("2"), 0);
  Process high = StartWaiter(sem, {.text = "4", .rt_priority = 10});
  EXPECT_EQ(sem.Post(), 0);
  sem.Expect({.value = 3, .waiters = 2, .order = "priority"});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(high.Result(), 0);
  sem.Expect({.waiters = 1, .order = "priority"});
}

TEST_P(Priority, ANewHeadGoesAtOnceIfItCan) {
  Semaphore sem({.value = 2, .order = "priority"});
  Process low = StartWaiter(sem, {.text = "3"});
  sem.Expect({.value = 2, .waiters = 1, .order = "priority"});
  Process high([&sem] {
    SetRealTime(10);
    return sem.Wait();
  });
  EXPECT_EQ(high.Result(), 0);
  sem.Expect({.value = 1, .waiters = 1, .order = "priority"});
  EXPECT_FALSE(low.ended());
}

class Order : public BothModes {};
IN_BOTH_MODES(Order);

TEST_P(Order, CannotChangeWhileAnyoneIsBlocked) {
  Semaphore sem;
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(sem.Set("order", "priority"), EBUSY);
  EXPECT_EQ(sem.Set("order", "fifo"), EBUSY);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(sem.Set("order", "priority"), 0);
  sem.Expect({.order = "priority"});
  EXPECT_EQ(sem.Set("order", "fifo\n"), 0);
  sem.Expect({});
}

class Value : public BothModes {};
IN_BOTH_MODES(Value);

TEST_P(Value, SettingItServesWhoCanThenGo) {
  Semaphore sem;
  Process first = StartWaiter(sem, {.text = "2"});
  Process second = StartWaiter(sem);
  Process third = StartWaiter(sem, {.text = "9"});
  EXPECT_EQ(sem.Set("value", "1"), 0);
  sem.Expect({.value = 1, .waiters = 3});
  EXPECT_EQ(sem.Set("value", "7"), 0);
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({.value = 4, .waiters = 1});
  EXPECT_EQ(sem.Set("value", "0"), 0);
  sem.Expect({.waiters = 1});
  EXPECT_FALSE(third.ended());
}

TEST_P(Value, NotAboveTheCeiling) {
  Semaphore sem({.value = 2, .max = 5});
  EXPECT_EQ(sem.Set("value", "6"), EOVERFLOW);
  sem.Expect({.value = 2, .max = 5});
  EXPECT_EQ(sem.Set("value", "5"), 0);
  sem.Expect({.value = 5, .max = 5});
}

class Ceiling : public BothModes {};
IN_BOTH_MODES(Ceiling);

TEST_P(Ceiling, NotBelowTheValue) {
  Semaphore sem({.value = 3});
  EXPECT_EQ(sem.Set("max", "2"), EINVAL);
  sem.Expect({.value = 3});
  EXPECT_EQ(sem.Set("max", "3"), 0);
  sem.Expect({.value = 3, .max = 3});
}

TEST_P(Ceiling, NotBelowWhatAWaiterWants) {
  Semaphore sem({.max = 10});
  Process first = StartWaiter(sem);
  Process second = StartWaiter(sem, {.text = "5"});
  EXPECT_EQ(sem.Set("max", "4"), EBUSY);
  sem.Expect({.max = 10, .waiters = 2});
  EXPECT_EQ(sem.Set("max", "5"), 0);
  sem.Expect({.max = 5, .waiters = 2});
}

TEST_P(Ceiling, NobodyWaitsForMoreThanItCanHold) {
  Semaphore sem({.max = 3});
  EXPECT_EQ(sem.Wait("4"), ERANGE);
  EXPECT_EQ(sem.TryWait("4"), ERANGE);
  EXPECT_EQ(sem.TimedWait("1h 4"), ERANGE);
  sem.Expect({.max = 3});
}

TEST_P(Ceiling, PostPastItGivesNothing) {
  Semaphore sem({.value = 2, .max = 3});
  EXPECT_EQ(sem.Post("2"), EOVERFLOW);
  sem.Expect({.value = 2, .max = 3});
  EXPECT_EQ(sem.Post("2147483647"), EOVERFLOW);
  sem.Expect({.value = 2, .max = 3});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(sem.Post(), EOVERFLOW);
  sem.Expect({.value = 3, .max = 3});
}

TEST_P(Ceiling, AtTheLargestValue) {
  Semaphore sem;
  EXPECT_EQ(sem.Post("2147483647"), 0);
  sem.Expect({.value = kMax});
  EXPECT_EQ(sem.Post(), EOVERFLOW);
  EXPECT_EQ(sem.Post("2147483647"), EOVERFLOW);
  sem.Expect({.value = kMax});
  EXPECT_EQ(sem.TryWait("2147483647"), 0);
  sem.Expect({});
}

// What the waiters would take doesn't count: a post fits or it doesn't.
TEST_P(Ceiling, PostIsJudgedBeforeTheHandOver) {
  Semaphore sem({.max = 1});
  Process first = StartWaiter(sem);
  Process second = StartWaiter(sem);
  EXPECT_EQ(sem.Post("2"), EOVERFLOW);
  sem.Expect({.max = 1, .waiters = 2});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({.max = 1});
}

}  // namespace
}  // namespace ksem_test

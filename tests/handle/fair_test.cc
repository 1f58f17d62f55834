// SPDX-License-Identifier: MIT
// Semaphores of "fair" 0: a thread that runs may go ahead of the waiters.
// The waiters are kept from running where that matters, so that the order is
// certain.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

constexpr unsigned kFlags = KSEM_INFO_MAPPABLE | KSEM_INFO_UNFAIR;
const Holding kUnfair = {.flags = kFlags};
const ksem_ioc_wait kTry = {.units = 1, .flags = KSEM_WAIT_NOWAIT};

TEST(Fair, IsWhatOneIsFirst) {
  const Semaphore sem;
  const Handle handle(sem);
  EXPECT_EQ(ReadOrFail(sem.path("fair")), "1\n");
  EXPECT_EQ(sem.Set("fair", "0"), 0);
  EXPECT_EQ(ReadOrFail(sem.path("fair")), "0\n");
  handle.Expect({}, kUnfair);
  EXPECT_EQ(sem.Set("fair", "1"), 0);
  handle.Expect({});
}

TEST(Fair, IsNothingElse) {
  const Semaphore sem;
  for (const char* bad : {"2", "-1", "x", "1 1", "yes"}) {
    EXPECT_EQ(sem.Set("fair", bad), EINVAL) << bad;
  }
  EXPECT_EQ(ReadOrFail(sem.path("fair")), "1\n");
}

constexpr char kPassing[] = "/sys/module/ksem/parameters/passing_us";

class Unfair : public testing::Test {
 protected:
  explicit Unfair(const State& start = {}) : sem_(start), handle_(sem_) {
    EXPECT_EQ(sem_.Set("fair", "0"), 0);
    // No test is that slow.
    SetPassing("3600000000");
  }
  ~Unfair() override { SetPassing(default_); }

  static void SetPassing(const std::string& us) {
    EXPECT_EQ(WriteFile(kPassing, us), 0);
  }

  // On the processor that Busy takes.
  Process Wait(unsigned units = 1) {
    return StartWaiter(sem_, [this, units] {
      RunOn(1);
      return handle_.Wait({.units = units});
    });
  }
  void Expect(State state) {
    state.order = sem_.state().order;
    handle_.Expect(state, kUnfair);
  }

  const std::string default_ = ReadOrFail(kPassing);
  const Semaphore sem_;
  const Handle handle_;
};

TEST_F(Unfair, AThreadThatRunsGoesAhead) {
  Process waiter = Wait();
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    Expect({.value = 1, .waiters = 1});
    EXPECT_EQ(handle_.Wait(), 0);
    Expect({.waiters = 1});
  }
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  Expect({});
}

// Then its unit is kept for it, also if it doesn't get to run.
TEST_F(Unfair, AWaiterIsPassedForAShortTime) {
  EXPECT_EQ(default_, "1000\n");
  SetPassing(default_);
  Process waiter = Wait();
  const Page page(handle_);
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  page.TakeFast();
  // Maybe it was too late to take the unit.
  EXPECT_TRUE(
      Eventually([&] { return page.contended() || sem_.waiters() == 0; }));
  if (sem_.waiters()) {
    EXPECT_EQ(handle_.Post(), 0);
  }
  Expect({});
  EXPECT_EQ(handle_.Wait(kTry), EAGAIN);
}

TEST_F(Unfair, AFreeUnitIsHandedOverThen) {
  Process waiter = Wait();
  const Busy busy(50);
  SetPassing("100");
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_TRUE(Eventually([&] { return sem_.waiters() == 0; }));
  Expect({});
}

// The timer is set anew for each waiter that is woken.
TEST_F(Unfair, ThatIsSoForEachOfThem) {
  SetPassing("100");
  std::vector<Process> waiters;
  for (int i = 0; i < 5; i++) waiters.push_back(Wait());
  const Busy busy(50);
  EXPECT_EQ(handle_.Post({.units = 5}), 0);
  EXPECT_TRUE(Eventually([&] { return sem_.waiters() == 0; }));
  Expect({});
}

// Nobody wakes it when the unit comes by the page.
TEST_F(Unfair, AWaiterThatWasPassedLooksAgain) {
  const Page page(handle_);
  for (int round = 0; round < 20; round++) {
    Process waiter = Wait();
    {
      const Busy busy(50);
      EXPECT_EQ(handle_.Post(), 0);
      EXPECT_EQ(handle_.Wait(kTry), 0);
    }
    usleep(round * 50);
    EXPECT_TRUE(page.GiveFast() || page.Post() == 0);
    EXPECT_EQ(waiter.Result(), 0);
    Expect({});
  }
}

// There is no nudge any more whose time could end, so it sleeps.
TEST_F(Unfair, AWaiterThatWasPassedSleepsWhenFairIsWritten) {
  for (const char* fair : {"1", "0"}) {
    EXPECT_EQ(sem_.Set("fair", "0"), 0);
    Process waiter = Wait();
    {
      const Busy busy(50);
      EXPECT_EQ(handle_.Post(), 0);
      EXPECT_EQ(handle_.Wait(kTry), 0);
      EXPECT_EQ(sem_.Set("fair", fair), 0);
    }
    EXPECT_TRUE(Eventually([&] {
      const long before = waiter.sleeps();
      usleep(100'000);
      return waiter.sleeps() == before;
    }));
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(waiter.Result(), 0);
  }
  EXPECT_EQ(sem_.Set("fair", "0"), 0);
  Expect({});
}

TEST_F(Unfair, TheTimeToPassHasALeast) {
  for (const char* bad : {"0", "99", "-1", "x", ""}) {
    EXPECT_EQ(WriteFile(kPassing, std::string(bad) + "\n"), EINVAL) << bad;
  }
  EXPECT_EQ(ReadOrFail(kPassing), "3600000000\n");
}

// A shorter time holds for the next waiter, whatever the timer was set to
// before.
TEST_F(Unfair, AShorterTimeToPassCountsAtOnce) {
  Process first = Wait();
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(first.Result(), 0);
  SetPassing("100");
  Process second = Wait();
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_TRUE(Eventually([&] { return sem_.waiters() == 0; }));
  Expect({});
}

// A longer one doesn't hold for a waiter that was woken before.
TEST_F(Unfair, ALongerTimeToPassDoesNot) {
  SetPassing("1000000");
  Process waiter = Wait();
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  SetPassing("3600000000");
  EXPECT_TRUE(Eventually([&] { return sem_.waiters() == 0; }));
  Expect({});
}

class UnfairUntil : public Unfair, public testing::WithParamInterface<int> {
 protected:
  ksem_ioc_wait After(std::int64_t ns) const {
    timespec now;
    clock_gettime(GetParam(), &now);
    return {.units = 1,
            .flags = KSEM_WAIT_DEADLINE,
            .timeout = now.tv_sec * 1'000'000'000 + now.tv_nsec + ns,
            .clock = static_cast<__u32>(GetParam())};
  }
};

TEST_P(UnfairUntil, AWaiterThatWasPassedGivesUp) {
  Process waiter = StartWaiter(sem_, [this] {
    RunOn(1);
    return handle_.Wait(After(300'000'000));
  });
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(handle_.Wait(kTry), 0);
  }
  EXPECT_EQ(waiter.Result(), ETIMEDOUT);
  Expect({});
}

// The unit for which it was woken is still there when its time is over.
TEST_P(UnfairUntil, AWaiterTakesTheUnitThatIsThere) {
  bool in_time = false;
  for (std::int64_t ms = 500; !in_time; ms *= 2) {
    const ksem_ioc_wait until = After(ms * 1'000'000);
    Process waiter = StartWaiter(sem_, [&] {
      RunOn(1);
      return handle_.Wait(until);
    });
    {
      const Busy busy(50);
      in_time = sem_.waiters() == 1;
      EXPECT_EQ(handle_.Post(), 0);
      in_time = in_time && After(0).timeout < until.timeout;
      while (After(0).timeout < until.timeout) usleep(10'000);
    }
    if (in_time) {
      EXPECT_EQ(waiter.Result(), 0);
    } else {  // a slow machine: either has the unit
      waiter.Join();
      handle_.Wait(kTry);
    }
    Expect({});
  }
}

// Also at the moment when it looks again.
TEST_P(UnfairUntil, OrTakesAUnit) {
  std::atomic<bool> over = false;
  unsigned given = 0;
  std::jthread passer([&] {
    while (!over) {
      EXPECT_EQ(handle_.Post(), 0);
      given += handle_.Wait(kTry) != 0;
    }
  });
  unsigned taken = 0;
  for (int round = 0; round < 30; round++) {
    const Errno error = handle_.Wait(After(round * 50'000));
    EXPECT_TRUE(error == 0 || error == ETIMEDOUT) << error;
    taken += error == 0;
  }
  over = true;
  passer.join();
  EXPECT_EQ(given, taken);
  Expect({});
}

INSTANTIATE_TEST_SUITE_P(Clocks, UnfairUntil,
                         testing::Values(CLOCK_REALTIME, CLOCK_MONOTONIC,
                                         CLOCK_BOOTTIME));

// The first post enters the kernel to wake the waiter; the next ones needn't.
TEST_F(Unfair, ProgramsGiveWithoutTheKernelThen) {
  Process waiter = Wait();
  const Page page(handle_);
  const Busy busy(50);
  EXPECT_FALSE(page.GiveFast());
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(KSEM_WORD_CEILING(page.word()), 32u);
  EXPECT_TRUE(page.TakeFast());
  EXPECT_TRUE(page.GiveFast());
  Expect({.value = 1, .waiters = 1});
}

TEST_F(Unfair, TheFirstPassesItOn) {
  Process first = Wait(), second = Wait(), third = Wait();
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post({.units = 3}), 0);
    Expect({.value = 3, .waiters = 3});
  }
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
  EXPECT_EQ(third.Result(), 0);
  Expect({});
}

TEST_F(Unfair, OneThatIsKilledPassesItOn) {
  Process first = Wait(), second = Wait();
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    first.Signal(SIGKILL);
  }
  EXPECT_EQ(first.Join().signal, SIGKILL);
  // Maybe it took the unit first, as one does that is killed a moment later.
  if (sem_.state() == State{.waiters = 1}) {
    EXPECT_EQ(handle_.Post(), 0);
  }
  EXPECT_EQ(second.Result(), 0);
  Expect({});
}

TEST_F(Unfair, AllAreToldOfAShutdown) {
  Process first = Wait(), second = Wait();
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(sem_.Shutdown(), 0);
  handle_.Expect({.value = 1}, {.flags = kFlags | KSEM_INFO_SHUTDOWN});
}

// What is free would be handed over by now if it were fair.
TEST_F(Unfair, TwoPostsFitUnderACeilingOfOne) {
  EXPECT_EQ(sem_.Set("max", "1"), 0);
  Process first = Wait(), second = Wait();
  {
    const Busy busy(50);
    for (int i = 0; i < 3; i++) EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(handle_.Post(), EOVERFLOW);
    Expect({.value = 1, .max = 1});
  }
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
}

TEST_F(Unfair, SoDoAPostInAStepAndOneOfMany) {
  EXPECT_EQ(sem_.Set("max", "3"), 0);
  std::vector<Process> waiters;
  for (int i = 0; i < 9; i++) waiters.push_back(Wait());
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post({.units = 3}), 0);
    EXPECT_EQ(All({Give(handle_, 3)}), 0);
    EXPECT_EQ(handle_.Post({.units = 3}), 0);
    EXPECT_EQ(All({Give(handle_, 4)}), EOVERFLOW);
    EXPECT_EQ(All({Give(handle_, 3)}), 0);
    EXPECT_EQ(handle_.Post(), EOVERFLOW);
    Expect({.value = 3, .max = 3});
  }
  for (Process& waiter : waiters) EXPECT_EQ(waiter.Result(), 0);
}

TEST_F(Unfair, AndWhatComesBack) {
  EXPECT_EQ(sem_.Set("max", "1"), 0);
  EXPECT_EQ(handle_.Post(), 0);
  Process holder([&]() -> Errno {
    const Handle own(sem_);
    own.Wait({.units = 1, .flags = KSEM_WAIT_UNDO});
    pause();
    return 0;
  });
  ASSERT_TRUE(Eventually([&] { return sem_.state().value == 0; }));
  Process one = Wait(), two = Wait();
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    holder.Signal(SIGKILL);
    holder.Join();
  }
  EXPECT_EQ(one.Result(), 0);
  EXPECT_EQ(two.Result(), 0);
}

// All that the waiters can use, though each unit in the way is handed over
// first.
TEST_F(Unfair, AndAllThatTheyCanUse) {
  constexpr int kWaiters = 6;
  EXPECT_EQ(sem_.Set("max", "1"), 0);
  auto own = std::make_unique<Handle>(sem_);
  for (int i = 0; i < kWaiters; i++) {
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(own->Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
  }
  std::vector<Process> waiters;
  for (int i = 0; i < kWaiters; i++) {
    waiters.push_back(StartWaiter(sem_, [&] {
      close(own->fd());
      RunOn(1);
      return handle_.Wait({.units = 1});
    }));
  }
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    own.reset();
  }
  for (Process& waiter : waiters) EXPECT_EQ(waiter.Result(), 0);
  Expect({.value = 1, .max = 1});
}

TEST_F(Unfair, WhatAWaiterTookThatWasWokenToTryComesBack) {
  Process holder = StartWaiter(sem_, [this] {
    const Handle own(sem_);
    return own.Wait({.units = 1, .flags = KSEM_WAIT_UNDO});
  });
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(holder.Result(), 0);
  Expect({.value = 1});
}

TEST_F(Unfair, ManyFreeUnitsAreHandedOver) {
  std::vector<Process> waiters;
  for (int i = 0; i < 40; i++) waiters.push_back(Wait());
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post({.units = 40}), 0);
    EXPECT_LE(sem_.state().value, 32u);
  }
  for (Process& waiter : waiters) EXPECT_EQ(waiter.Result(), 0);
  Expect({});
}

// To these a unit is handed over at once.
TEST_F(Unfair, WhoWantsSeveralIsNotPassed) {
  Process waiter = Wait(2);
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(handle_.Wait(kTry), EAGAIN);
  EXPECT_EQ(handle_.Post(), 0);
  Expect({});
}

TEST_F(Unfair, AWaitForAnyIsNotPassed) {
  Process waiter = StartWaiter(sem_, [this] {
    RunOn(1);
    return Any({Take(handle_)});
  });
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(handle_.Wait(kTry), EAGAIN);
  Expect({});
}

TEST_F(Unfair, ARequestOfTheKernelIsNotPassed) {
  LoadKernelUser();
  KernelUser user(sem_.name());
  EXPECT_EQ(user.Call("async"), 0);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(handle_.Wait(kTry), EAGAIN);
  EXPECT_EQ(user.Release(), 0);
}

TEST_F(Unfair, ByPriorityNoRealTimeTaskIsPassed) {
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  Process other = Wait();
  Process waiter = StartWaiter(sem_, [this] {
    SetRealTime(20);
    RunOn(1);
    return handle_.Wait();
  });
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(handle_.Wait(kTry), EAGAIN);
  Expect({.waiters = 1});
}

// It came when another one was awake already.
TEST_F(Unfair, ALaterOneOfHigherPriorityGoesFirst) {
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  Process other = Wait();
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(handle_.Wait(kTry), 0);
    Process waiter([this] {
      SetRealTime(20);
      return handle_.Wait();
    });
    ASSERT_TRUE(Eventually([&] { return sem_.waiters() == 2; }));
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(waiter.Result(), 0);
    Expect({.waiters = 1});
  }
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(other.Result(), 0);
}

// One that was awake already leaves it alone.
TEST_F(Unfair, AUnitIsSavedUpForALaterOneOfHigherPriority) {
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  Process other = Wait();
  const long sleeps = other.sleeps();
  std::optional<Process> waiter;
  {
    const Busy busy(50);
    EXPECT_EQ(handle_.Post(), 0);
    waiter.emplace([this] {
      SetRealTime(20);
      return handle_.Wait({.units = 2});
    });
    ASSERT_TRUE(Eventually([&] { return sem_.waiters() == 2; }));
  }
  EXPECT_TRUE(
      Eventually([&] { return other.sleeps() > sleeps || other.ended(); }));
  Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(waiter->Result(), 0);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(other.Result(), 0);
}

TEST_F(Unfair, PollSaysWhatCanBeTaken) {
  const auto readable = [this] {
    pollfd entry = {.fd = handle_.fd(), .events = POLLIN, .revents = 0};
    return poll(&entry, 1, 0) == 1;
  };
  Process waiter = Wait();
  EXPECT_FALSE(readable());
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_TRUE(readable());
  EXPECT_EQ(handle_.Wait(kTry), 0);
  EXPECT_FALSE(readable());
}

TEST_F(Unfair, APolledOneIsNotFair) {
  Process poller([this]() -> Errno {
    pollfd entry = {.fd = handle_.fd(), .events = 0, .revents = 0};
    return Errno::Of(poll(&entry, 1, -1) - 1);
  });
  const Page page(handle_);
  // It polls once every post goes through the kernel.
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(handle_.Post(), 0);
    EXPECT_EQ(handle_.Wait(kTry), 0);
    return KSEM_WORD_CEILING(page.word()) == 0;
  }));
  Process waiter = Wait();
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(handle_.Wait(kTry), 0);
  EXPECT_FALSE(page.contended());
  EXPECT_FALSE(page.GiveFast());
  poller.Signal(SIGKILL);
  poller.Join();
}

TEST_F(Unfair, MadeFairItHandsOver) {
  Process first = Wait(), second = Wait();
  const Busy busy(50);
  EXPECT_EQ(handle_.Post(), 0);
  EXPECT_EQ(sem_.Set("fair", "1"), 0);
  handle_.Expect({.waiters = 1});
  EXPECT_EQ(sem_.Set("fair", "0"), 0);
  EXPECT_EQ(handle_.Post(), 0);
  Expect({.value = 1, .waiters = 1});
}

// Each thread takes and gives by the page; whether it is fair changes all the
// time, and signals come in between.
TEST_F(Unfair, UnitsAreConserved) {
  constexpr int kWorkers = 6, kRounds = 1000;
  constexpr unsigned kUnits = 2;
  HandleSignal(SIGUSR1);
  EXPECT_EQ(sem_.Set("max", std::to_string(kUnits)), 0);
  EXPECT_EQ(handle_.Post({.units = kUnits}), 0);
  std::atomic<int> inside = 0, left = kWorkers;
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; i++) {
    workers.emplace_back([&] {
      const Page page(handle_);
      for (int round = 0; round < kRounds; round++) {
        Errno error = page.TakeFast() ? Errno(0) : page.Wait();
        if (error == EINTR) continue;
        EXPECT_EQ(error, 0);
        EXPECT_LE(++inside, static_cast<int>(kUnits));
        if (round % 16 == 0) std::this_thread::yield();
        --inside;
        EXPECT_TRUE(page.GiveFast() || page.Post() == 0);
      }
      --left;
    });
  }
  std::minstd_rand random;
  while (left) {
    EXPECT_EQ(sem_.Set("fair", random() % 2 ? "1" : "0"), 0);
    pthread_kill(workers[random() % kWorkers].native_handle(), SIGUSR1);
    std::this_thread::yield();
  }
  workers.clear();
  EXPECT_EQ(sem_.Set("fair", "0"), 0);
  Expect({.value = kUnits, .max = kUnits});
}

}  // namespace
}  // namespace ksem_test

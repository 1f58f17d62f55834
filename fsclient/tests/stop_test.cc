// SPDX-License-Identifier: MIT
// acquire(stop_token): it ends with the units or without, and is never missed.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

TEST(Stop, EndsAWait) {
  Fresh sem;
  bool got = true;
  std::jthread waiter([&](std::stop_token stop) { got = sem->acquire(stop); });
  ASSERT_TRUE(blocked(*sem, 1));
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  waiter.request_stop();
  waiter.join();
  EXPECT_FALSE(got);
  EXPECT_STATE(*sem, .value = 0);
  sem->release();
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Stop, EndsAllThatShareTheToken) {
  constexpr int kThreads = 12;
  Fresh sem;
  std::stop_source source;
  std::atomic<int> stopped{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; i++) {
    threads.emplace_back(
        [&] { stopped += !sem->acquire(source.get_token(), 1 + stopped % 3); });
  }
  ASSERT_TRUE(blocked(*sem, kThreads));
  source.request_stop();
  threads.clear();
  EXPECT_EQ(stopped, kThreads);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, BeforeTheCallNothingIsTaken) {
  Fresh sem({.value = 1});
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(sem->acquire(source.get_token()));
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Stop, WithoutARequestItIsAcquire) {
  Fresh sem({.value = 2});
  EXPECT_TRUE(sem->acquire(std::stop_source().get_token()));
  EXPECT_STATE(*sem, .value = 1);
  EXPECT_TRUE(sem->acquire(std::stop_token()));
  EXPECT_STATE(*sem, .value = 0);

  bool got = false;
  std::jthread waiter(
      [&](std::stop_token stop) { got = sem->acquire(stop, 2); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->release(2);
  while (sem->waiters()) std::this_thread::yield();
  waiter.join();
  EXPECT_TRUE(got);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, EndsAWaitWithATime) {
  Fresh sem;
  bool got = true;
  std::jthread waiter(
      [&](std::stop_token stop) { got = sem->try_acquire_for(stop, kLong); });
  ASSERT_TRUE(blocked(*sem, 1));
  waiter.request_stop();
  waiter.join();
  EXPECT_FALSE(got);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, TheTimeEndsItToo) {
  using std::chrono::milliseconds;
  Fresh sem;
  std::stop_source source;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(sem->try_acquire_for(source.get_token(), milliseconds(20)));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(20));
  EXPECT_FALSE(sem->try_acquire_until(
      source.get_token(), std::chrono::system_clock::now() + milliseconds(5)));
  EXPECT_FALSE(sem->try_acquire_for(source.get_token(), milliseconds(-5)));
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, WithATimeTheUnitsCome) {
  Fresh sem({.value = 1});
  std::stop_source source;
  EXPECT_TRUE(sem->try_acquire_for(source.get_token(), kLong));
  bool got = false;
  std::thread waiter(
      [&] { got = sem->try_acquire_for(source.get_token(), kLong, 2); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->release(2);
  waiter.join();
  EXPECT_TRUE(got);
  source.request_stop();
  sem->release();
  EXPECT_FALSE(sem->try_acquire_for(source.get_token(), kLong));
  EXPECT_STATE(*sem, .value = 1);
}

// Neither ends the wait: it goes on with the time that is left.
TEST(Stop, WithATimeItGoesOnAfterASignalHandler) {
  Fresh sem;
  std::atomic<pthread_t> thread{};
  signal(SIGUSR1, [](int) {});
  bool got = false;
  std::jthread waiter([&](std::stop_token stop) {
    thread = pthread_self();
    got = sem->try_acquire_for(stop, kLong);
  });
  ASSERT_TRUE(blocked(*sem, 1));
  for (int i = 0; i < 20; i++) {
    pthread_kill(thread, SIGUSR1);
    ASSERT_TRUE(blocked(*sem, 1));
  }
  sem->release();
  waiter.join();
  EXPECT_TRUE(got);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, KeepsItsPlaceInTheQueue) {
  Fresh sem;
  bool got = false;
  std::jthread first([&](std::stop_token stop) { got = sem->acquire(stop); });
  ASSERT_TRUE(blocked(*sem, 1));
  std::thread second([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 2));
  // Long enough for one that woke up now and then to do so.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_STATE(*sem, .value = 0, .waiters = 2);
  sem->release();
  first.join();
  EXPECT_TRUE(got);
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  sem->release();
  second.join();
}

TEST(Stop, ThoseBehindMoveUp) {
  Fresh sem({.value = 1});
  std::jthread greedy(
      [&](std::stop_token stop) { static_cast<void>(sem->acquire(stop, 5)); });
  ASSERT_TRUE(blocked(*sem, 1));
  std::thread modest([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 2));
  greedy.request_stop();
  modest.join();
  greedy.join();
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, ShutdownIsAnError) {
  Fresh sem;
  int error = 0;
  std::jthread waiter([&](std::stop_token stop) {
    error = errno_of([&] { return sem->acquire(stop); });
  });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->shutdown();
  waiter.join();
  EXPECT_EQ(error, EIDRM);
}

void stop_at_some_moment(std::jthread& waiter, int round) {
  const auto moment = std::chrono::steady_clock::now() +
                      std::chrono::microseconds(round % 50 * 4);
  while (std::chrono::steady_clock::now() < moment) {
  }
  waiter.request_stop();
}

// At each moment: as it begins, before it blocks, while it is blocked.
TEST(Stop, AtAnyMomentItEnds) {
  Fresh sem;
  for (int round = 0; round < 500; round++) {
    std::jthread waiter(
        [&](std::stop_token stop) { EXPECT_FALSE(sem->acquire(stop)); });
    stop_at_some_moment(waiter, round);
  }
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, RaceWithReleaseLosesNothing) {
  Fresh sem;
  int got = 0;
  for (int round = 0; round < 500; round++) {
    bool taken = false;
    std::jthread waiter(
        [&](std::stop_token stop) { taken = sem->acquire(stop); });
    if (round % 2) {
      ASSERT_TRUE(blocked(*sem, 1));
    }
    std::thread poster([&] { sem->release(); });
    stop_at_some_moment(waiter, round);
    poster.join();
    waiter.join();
    ASSERT_EQ(sem->value(), taken ? 0 : 1);
    got += taken;
    sem->set_value(0);
  }
  RecordProperty("got", got);
  EXPECT_STATE(*sem, .value = 0);
}

struct sigaction disposition() {
  struct sigaction action;
  sigaction(SIGURG, nullptr, &action);
  return action;
}

void expect_stops(Semaphore& sem) {
  std::jthread waiter(
      [&](std::stop_token stop) { EXPECT_FALSE(sem.acquire(stop)); });
  ASSERT_TRUE(blocked(sem, 1));
}

TEST(Stop, WhateverSigurgIsSetTo) {
  Fresh sem;
  for (const auto handler : {SIG_DFL, SIG_IGN}) {
    signal(SIGURG, handler);
    expect_stops(*sem);
    EXPECT_EQ(disposition().sa_flags & SA_RESTART, SA_RESTART);
  }

  static std::atomic<int> called;
  for (const int flags : {0, SA_RESTART}) {
    struct sigaction own = {};
    own.sa_handler = [](int) { called++; };
    own.sa_flags = flags;
    called = 0;
    sigaction(SIGURG, &own, nullptr);
    expect_stops(*sem);
    EXPECT_EQ(called, 1);
    EXPECT_EQ(disposition().sa_handler, own.sa_handler);
  }
  signal(SIGURG, SIG_DFL);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Stop, WhereSignalsAreBlocked) {
  Fresh sem;
  std::jthread waiter([&](std::stop_token stop) {
    sigset_t all, after;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    EXPECT_FALSE(sem->acquire(stop));
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    EXPECT_TRUE(sigismember(&after, SIGURG));
    EXPECT_TRUE(sigismember(&after, SIGTERM));
  });
  ASSERT_TRUE(blocked(*sem, 1));
  waiter.request_stop();
  waiter.join();
  EXPECT_STATE(*sem, .value = 0);
}

}  // namespace
}  // namespace ksem

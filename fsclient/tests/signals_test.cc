// SPDX-License-Identifier: MIT
// Handlers that run while a thread waits change nothing for it.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::atomic<int> handled;

// Has a handler for SIGUSR1 while it lives.
class Handler {
 public:
  explicit Handler(int flags) {
    handled = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) { handled++; };
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, &before_);
  }
  ~Handler() { sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_;
};

// Sends it signals until told to end, the next one when one has been handled.
class Pester {
 public:
  explicit Pester(pthread_t victim)
      : thread_([victim](std::stop_token stop) {
          while (!stop.stop_requested()) {
            const int before = handled;
            pthread_kill(victim, SIGUSR1);
            while (handled == before && !stop.stop_requested()) {
              std::this_thread::yield();
            }
          }
        }) {}

 private:
  std::jthread thread_;
};

class Signals : public testing::TestWithParam<int> {
 protected:
  const Handler handler_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, Signals, testing::Values(0, SA_RESTART),
                         [](const auto& flags) {
                           return flags.param ? "Restart" : "NoRestart";
                         });

TEST_P(Signals, AcquireGoesOn) {
  Fresh sem;
  std::atomic<bool> got = false;
  std::thread waiter([&] {
    sem->acquire(2);
    got = true;
  });
  ASSERT_TRUE(blocked(*sem, 1));
  for (int i = 1; i <= 20; i++) {
    pthread_kill(waiter.native_handle(), SIGUSR1);
    ASSERT_TRUE(eventually([&] { return handled == i; }));
    ASSERT_TRUE(blocked(*sem, 1));
  }
  EXPECT_FALSE(got);
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  sem->release(2);
  waiter.join();
  EXPECT_STATE(*sem, .value = 0);
}

TEST_P(Signals, StoppableAcquireGoesOn) {
  Fresh sem;
  bool got = false;
  std::jthread waiter([&](std::stop_token stop) { got = sem->acquire(stop); });
  ASSERT_TRUE(blocked(*sem, 1));
  pthread_kill(waiter.native_handle(), SIGUSR1);
  ASSERT_TRUE(eventually([&] { return handled == 1; }));
  pthread_kill(waiter.native_handle(), SIGURG);
  ASSERT_TRUE(blocked(*sem, 1));
  sem->release();
  ASSERT_TRUE(eventually([&] { return sem->waiters() == 0; }));
  waiter.join();
  EXPECT_TRUE(got);
  EXPECT_STATE(*sem, .value = 0);
}

// Were the time to start anew with each signal, it would never be over.
TEST_P(Signals, TheDeadlineStays) {
  Fresh sem;
  const Pester pester(pthread_self());
  // On a busy machine the signals may be late.
  EXPECT_TRUE(eventually([&] {
    const int before = handled;
    const auto begin = steady_clock::now();
    EXPECT_FALSE(sem->try_acquire_for(100ms));
    EXPECT_GE(steady_clock::now() - begin, 100ms);
    EXPECT_FALSE(
        sem->try_acquire_until(std::chrono::system_clock::now() + 100ms));
    EXPECT_GE(steady_clock::now() - begin, 200ms);
    return handled > before + 1;
  }));
  EXPECT_STATE(*sem, .value = 0);
}

TEST_P(Signals, RaceWithReleaseLosesNothing) {
  constexpr int kRounds = 300;
  Fresh sem;
  std::jthread poster([&] {
    for (int i = 0; i < 2 * kRounds; i++) sem->release();
  });
  const Pester pester(pthread_self());
  for (int i = 0; i < kRounds; i++) {
    sem->acquire();
    EXPECT_TRUE(sem->try_acquire_for(kLong));
  }
  poster.join();
  EXPECT_STATE(*sem, .value = 0);
}

}  // namespace
}  // namespace ksem

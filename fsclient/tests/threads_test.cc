// SPDX-License-Identifier: MIT
// Many threads on one object: no unit is lost and none is made.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 16;
constexpr int kRounds = 200;

void run_threads(int threads, const std::function<void(int)>& work) {
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; i++) running.emplace_back(work, i);
}

TEST(Threads, NeverMoreInsideThanUnits) {
  constexpr int kUnits = 3;
  Fresh sem({.value = kUnits, .max = kUnits});
  std::atomic<int> inside{0}, most{0};
  run_threads(kThreads, [&](int) {
    for (int i = 0; i < kRounds; i++) {
      sem->acquire();
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --inside;
      sem->release();
    }
  });
  EXPECT_LE(most, kUnits);
  EXPECT_STATE(*sem, .value = kUnits, .max = kUnits);
}

// One of each kind of taking, with different numbers of units.
bool take(Semaphore& sem, int kind, int n) {
  switch (kind % 4) {
    case 0:
      sem.acquire(n);
      return true;
    case 1:
      return sem.try_acquire(n);
    case 2:
      return sem.try_acquire_for(1ms, n);
    default:
      return sem.acquire(std::stop_source().get_token(), n);
  }
}

TEST(Threads, UnitsAreConserved) {
  constexpr int kUnits = 5;
  Fresh sem({.value = kUnits, .max = kUnits});
  std::atomic<int> failed{0};
  run_threads(kThreads, [&](int thread) {
    for (int i = 0; i < kRounds; i++) {
      const int n = 1 + (thread + i) % kUnits;
      if (take(*sem, thread + i, n)) {
        sem->release(n);
      } else {
        failed++;
      }
    }
  });
  RecordProperty("failed", failed.load());
  EXPECT_STATE(*sem, .value = kUnits, .max = kUnits);
}

TEST(Threads, ProducersFeedConsumers) {
  Fresh sem;
  run_threads(kThreads, [&](int thread) {
    for (int i = 0; i < kRounds; i++) {
      if (thread % 2) {
        sem->acquire();
      } else {
        sem->release();
      }
    }
  });
  EXPECT_STATE(*sem, .value = 0);
}

// All are blocked in one object: none may be stuck behind another's call.
TEST(Threads, ManyBlockAtOnceAndAllCanGo) {
  constexpr int kBlocked = 50;
  Fresh sem;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kBlocked; i++) {
    threads.emplace_back([&, i] {
      if (i % 2) {
        sem->acquire();
      } else {
        EXPECT_TRUE(sem->try_acquire_for(kLong));
      }
    });
  }
  ASSERT_TRUE(blocked(*sem, kBlocked));
  EXPECT_STATE(*sem, .value = 0, .waiters = kBlocked);
  EXPECT_FALSE(sem->try_acquire());
  sem->release(kBlocked);
  threads.clear();
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Threads, OneOfManyCreates) {
  const std::string name = fresh_name();
  for (int round = 0; round < 20; round++) {
    std::atomic<int> taken{0};
    run_threads(8, [&](int) {
      Semaphore sem = Semaphore::open_or_create(name, 0, 8, options());
      sem.release();
      taken += sem.try_acquire_for(kLong);
    });
    EXPECT_EQ(taken, 8);
    Semaphore sem = Semaphore::open(name, options());
    EXPECT_STATE(sem, .value = 0, .max = 8);
    Semaphore::remove(name);
  }
}

}  // namespace
}  // namespace ksem

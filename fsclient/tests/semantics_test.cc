// SPDX-License-Identifier: MIT
// What each operation does, seen step by step.
#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

bool listed(const std::string& name) {
  const std::vector<std::string> names = Semaphore::list();
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Semantics, CreateMakesIt) {
  const std::string name = fresh_name();
  EXPECT_FALSE(listed(name));
  Semaphore plain = Semaphore::create(name, 0, kMax, options());
  EXPECT_STATE(plain, .value = 0, .max = kMax);
  EXPECT_EQ(plain.name(), name);
  EXPECT_TRUE(listed(name));
  Semaphore::remove(name);
  EXPECT_FALSE(listed(name));

  Semaphore full = Semaphore::create(name, 3, 3, options());
  EXPECT_STATE(full, .value = 3, .max = 3);
  Semaphore::remove(name);
}

TEST(Semantics, ClosingLeavesItThere) {
  Fresh sem({.value = 2});
  { Semaphore::open(sem.name(), options()).acquire(); }
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Semantics, OpenOrCreateCreatesOnce) {
  const std::string name = fresh_name();
  Semaphore first = Semaphore::open_or_create(name, 2, 5, options());
  EXPECT_STATE(first, .value = 2, .max = 5);
  first.acquire();
  Semaphore second = Semaphore::open_or_create(name, 2, 7, options());
  EXPECT_STATE(second, .value = 1, .max = 5);
  Semaphore::remove(name);
}

TEST(Semantics, AcquireAndReleaseCount) {
  Fresh sem({.value = 2, .max = 5});
  sem->acquire();
  EXPECT_STATE(*sem, .value = 1, .max = 5);
  EXPECT_TRUE(sem->try_acquire());
  EXPECT_STATE(*sem, .value = 0, .max = 5);
  EXPECT_FALSE(sem->try_acquire());
  EXPECT_STATE(*sem, .value = 0, .max = 5);
  sem->release();
  EXPECT_STATE(*sem, .value = 1, .max = 5);
  sem->release(4);
  EXPECT_STATE(*sem, .value = 5, .max = 5);
}

TEST(Semantics, SeveralUnitsAreTakenAtOnceOrNotAtAll) {
  Fresh sem({.value = 4, .max = 10});
  sem->acquire(3);
  EXPECT_STATE(*sem, .value = 1, .max = 10);
  EXPECT_FALSE(sem->try_acquire(2));
  EXPECT_STATE(*sem, .value = 1, .max = 10);
  EXPECT_FALSE(sem->try_acquire_for(std::chrono::milliseconds(1), 2));
  EXPECT_STATE(*sem, .value = 1, .max = 10);
  sem->release(9);
  EXPECT_TRUE(sem->try_acquire(10));
  EXPECT_STATE(*sem, .value = 0, .max = 10);
}

TEST(Semantics, ReleaseHandsTheUnitToTheWaiter) {
  Fresh sem;
  std::thread waiter([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 1));
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  sem->release();
  // It is the waiter's already, whether that has run again or not.
  EXPECT_FALSE(sem->try_acquire());
  waiter.join();
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Semantics, UnitsAreSavedUpForTheFirst) {
  Fresh sem;
  std::thread wants_three([&] { sem->acquire(3); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->release(2);
  EXPECT_STATE(*sem, .value = 2, .waiters = 1);
  EXPECT_FALSE(sem->try_acquire());
  std::thread wants_one([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 2));
  EXPECT_STATE(*sem, .value = 2, .waiters = 2);
  sem->release(2);
  wants_three.join();
  wants_one.join();
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Semantics, FirstComeFirstServed) {
  Fresh sem;
  std::mutex mutex;
  std::vector<int> served;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; i++) {
    threads.emplace_back([&, i] {
      sem->acquire();
      const std::lock_guard lock(mutex);
      served.push_back(i);
    });
    ASSERT_TRUE(blocked(*sem, i + 1));
  }
  for (std::size_t i = 1; i <= threads.size(); i++) {
    sem->release();
    ASSERT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex);
      return served.size() == i;
    }));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Semantics, SettersSet) {
  Fresh sem;
  sem->set_max(9);
  EXPECT_STATE(*sem, .value = 0, .max = 9);
  sem->set_value(7);
  EXPECT_STATE(*sem, .value = 7, .max = 9);
  sem->set_order(Order::kPriority);
  EXPECT_STATE(*sem, .value = 7, .max = 9, .order = Order::kPriority);
  sem->set_order(Order::kFifo);
  EXPECT_STATE(*sem, .value = 7, .max = 9);
}

TEST(Semantics, SetValueWakes) {
  Fresh sem;
  std::thread waiter([&] { sem->acquire(2); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->set_value(3);
  waiter.join();
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Semantics, ShutdownSendsEverybodyAway) {
  Fresh sem;
  int error = 0;
  std::thread waiter([&] { error = errno_of([&] { sem->acquire(); }); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->shutdown();
  waiter.join();
  EXPECT_EQ(error, EIDRM);
  EXPECT_STATE(*sem, .value = 0);
  sem->shutdown();
}

TEST(Semantics, ASecondLifeIsAnotherSemaphore) {
  const std::string name = fresh_name();
  Semaphore old = Semaphore::create(name, 1, kMax, options());
  EXPECT_TRUE(old.try_acquire());
  Semaphore::remove(name);
  Semaphore anew = Semaphore::create(name, 5, kMax, options());
  if (by_handle()) {
    old.release();
    old.set_value(2);
    EXPECT_STATE(old, .value = 2);
  } else {
    EXPECT_EQ(errno_of([&] { return old.try_acquire(); }), ENOENT);
    EXPECT_EQ(errno_of([&] { old.acquire(); }), ENOENT);
    EXPECT_EQ(errno_of([&] { old.release(); }), ENOENT);
    EXPECT_EQ(errno_of([&] { old.value(); }), ENOENT);
    EXPECT_EQ(errno_of([&] { old.set_value(2); }), ENOENT);
  }
  EXPECT_STATE(anew, .value = 5);
  Semaphore::remove(name);
}

}  // namespace
}  // namespace ksem

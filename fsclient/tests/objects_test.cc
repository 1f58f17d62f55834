// SPDX-License-Identifier: MIT
// Semaphore and Units as C++ objects: moved, moved from, destroyed.
#include <cerrno>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "fsclient/tests/support.h"
#include "ksem/units.h"

namespace ksem {
namespace {

static_assert(!std::is_copy_constructible_v<Semaphore>);
static_assert(!std::is_copy_assignable_v<Semaphore>);
static_assert(std::is_nothrow_move_constructible_v<Semaphore>);
static_assert(std::is_nothrow_move_assignable_v<Semaphore>);
static_assert(!std::is_copy_constructible_v<Units>);
static_assert(!std::is_copy_assignable_v<Units>);
static_assert(std::is_nothrow_move_constructible_v<Units>);
static_assert(std::is_nothrow_move_assignable_v<Units>);

TEST(Move, TakesTheSemaphoreAlong) {
  Fresh sem({.value = 2});
  Semaphore first = Semaphore::open(sem.name(), options());
  first.acquire();
  Semaphore second = std::move(first);
  EXPECT_EQ(second.name(), sem.name());
  second.acquire();
  EXPECT_STATE(*sem, .value = 0);

  Fresh other({.value = 5});
  second = Semaphore::open(other.name(), options());
  EXPECT_EQ(second.name(), other.name());
  second.acquire();
  EXPECT_STATE(*other, .value = 4);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Move, ToItselfChangesNothing) {
  Fresh sem({.value = 2});
  Semaphore same = Semaphore::open(sem.name(), options());
  Semaphore& also = same;
  same = std::move(also);
  EXPECT_EQ(same.name(), sem.name());  // NOLINT: it is promised
  same.acquire();
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Move, NothingIsLeftBehind) {
  Fresh sem({.value = 2});
  Semaphore from = Semaphore::open(sem.name(), options());
  const Semaphore to = std::move(from);
  EXPECT_EQ(from.name(), "");  // NOLINT: it is promised
  EXPECT_EQ(errno_of([&] { from.acquire(); }), EBADF);
  EXPECT_EQ(errno_of([&] { return from.acquire(std::stop_token()); }), EBADF);
  EXPECT_EQ(errno_of([&] { return from.try_acquire(); }), EBADF);
  EXPECT_EQ(errno_of([&] { return from.try_acquire_for(kLong); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.release(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.value(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.max(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.waiters(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.order(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.set_value(1); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.set_max(1); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.set_order(Order::kFifo); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.set_fair(true); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.fair(); }), EBADF);
  EXPECT_EQ(errno_of([&] { from.shutdown(); }), EBADF);
  from = Semaphore::open(sem.name(), options());
  from.acquire();
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Units, ComeBackAtTheEndOfTheScope) {
  Fresh sem({.value = 3});
  {
    const Units two(*sem, 2);
    EXPECT_EQ(two.count(), 2);
    EXPECT_STATE(*sem, .value = 1);
    const Units one(*sem);
    EXPECT_EQ(one.count(), 1);
    EXPECT_STATE(*sem, .value = 0);
  }
  EXPECT_STATE(*sem, .value = 3);
}

// A guard goes by what the object consists of, which moves along with it.
TEST(Units, ComeBackAlsoIfTheSemaphoreIsMoved) {
  Fresh sem({.value = 2}), other;
  Semaphore to = Semaphore::open(other.name(), options());
  Semaphore from = Semaphore::open(sem.name(), options());
  {
    const Units one(from);
    Units two(from);
    to = std::move(from);
    two.release();
    EXPECT_STATE(*sem, .value = 1);
  }
  EXPECT_STATE(*sem, .value = 2);
  EXPECT_STATE(*other, .value = 0);
}

TEST(Units, MayNotBeThere) {
  Fresh sem({.value = 1});
  const Units one(*sem, std::try_to_lock);
  EXPECT_TRUE(one);
  EXPECT_EQ(one.count(), 1);
  EXPECT_FALSE(Units(*sem, std::try_to_lock));
  EXPECT_FALSE(Units(*sem, std::chrono::milliseconds(1)));
  EXPECT_FALSE(Units(*sem, std::chrono::steady_clock::now()));
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_FALSE(Units(*sem, stopped.get_token()));
  EXPECT_FALSE(Units(*sem, stopped.get_token(), kLong));
  EXPECT_FALSE(Units(*sem, std::stop_token(), std::chrono::milliseconds(1)));
  EXPECT_FALSE(
      Units(*sem, std::stop_token(), std::chrono::system_clock::now()));
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Units, ComeInTime) {
  Fresh sem({.value = 5});
  {
    const Units two(*sem, kLong, 2);
    EXPECT_TRUE(two);
    EXPECT_EQ(Units(*sem, std::stop_token(), 3).count(), 3);
    EXPECT_EQ(Units(*sem, std::stop_token(), kLong, 3).count(), 3);
    EXPECT_STATE(*sem, .value = 3);
  }
  EXPECT_STATE(*sem, .value = 5);
}

TEST(Units, ComeBackWithAnException) {
  Fresh sem({.value = 1});
  try {
    const Units one(*sem);
    throw std::runtime_error("failed");
  } catch (const std::runtime_error&) {
  }
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Units, ComeBackEarly) {
  Fresh sem({.value = 2});
  Units two(*sem, 2);
  two.release();
  EXPECT_EQ(two.count(), 0);
  EXPECT_STATE(*sem, .value = 2);
  two.release();
  EXPECT_STATE(*sem, .value = 2);
}

TEST(Units, StayTakenIfDismissed) {
  Fresh sem({.value = 2});
  {
    Units two(*sem, 2);
    EXPECT_EQ(two.dismiss(), 2);
    EXPECT_EQ(two.count(), 0);
  }
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Units, CanBeAdopted) {
  Fresh sem({.value = 2});
  ASSERT_TRUE(sem->try_acquire(2));
  {
    const Units two(*sem, kAdopt, 2);
    EXPECT_STATE(*sem, .value = 0);
  }
  EXPECT_STATE(*sem, .value = 2);
}

TEST(Units, CannotBeAdoptedFromWhatWasMoved) {
  Fresh sem({.value = 2});
  Semaphore from = Semaphore::open(sem.name(), options());
  ASSERT_TRUE(from.try_acquire());
  const Semaphore to = std::move(from);
  EXPECT_EQ(errno_of([&] {  // NOLINT: it is promised
              const Units lost(from, kAdopt);
            }),
            EBADF);
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Units, Move) {
  Fresh sem({.value = 3});
  Units two(*sem, 2);
  Units moved = std::move(two);
  EXPECT_EQ(two.count(), 0);  // NOLINT: it is promised
  EXPECT_EQ(moved.count(), 2);
  EXPECT_STATE(*sem, .value = 1);

  Fresh other({.value = 1});
  Units one(*other);
  EXPECT_STATE(*other, .value = 0);
  moved = std::move(one);
  EXPECT_STATE(*sem, .value = 3);
  EXPECT_STATE(*other, .value = 0);
  EXPECT_EQ(moved.count(), 1);

  Units& same = moved;
  moved = std::move(same);
  EXPECT_EQ(moved.count(), 1);
  EXPECT_STATE(*other, .value = 0);
  moved.release();
  EXPECT_STATE(*other, .value = 1);
}

TEST(Units, FailToComeBackWithoutAWord) {
  Fresh sem({.value = 1});
  {
    Units one(*sem);
    sem->shutdown();
    EXPECT_EQ(errno_of([&] { Units(*sem, kAdopt).release(); }), EIDRM);
  }
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Units, NoneIfTheyCannotBeTaken) {
  Fresh sem({.value = 1, .max = 1});
  EXPECT_EQ(errno_of([&] { const Units two(*sem, 2); }), ERANGE);
  EXPECT_STATE(*sem, .value = 1, .max = 1);
}

}  // namespace
}  // namespace ksem

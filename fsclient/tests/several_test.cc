// SPDX-License-Identifier: MIT
// Waits on several semaphores at once.
#include "ksem/several.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <future>
#include <span>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

// What a Wants with a name points to may be gone.
template <class List>
concept IsList = requires(List& list) {
  acquire_all(list);
};
template <class List>
concept IsMovedList = requires(List& list) {
  acquire_all(std::move(list));
};
static_assert(IsList<std::vector<Want>> && IsMovedList<std::vector<Want>>);
static_assert(!IsList<Wants> && !IsMovedList<Wants>);

// All of them take handles.
class Several : public testing::Test {
 protected:
  void SetUp() override {
    if (!by_handle()) GTEST_SKIP() << "by files";
  }
};

using Any = Several;
using All = Several;

TEST_F(Any, TakesTheFirstThatHasUnits) {
  Fresh one, other({.value = 3});
  EXPECT_EQ(acquire_any({{*one}, {*other, 2}}), 1u);
  EXPECT_STATE(*other, .value = 1);
  one->release();
  EXPECT_EQ(acquire_any({{*one}, {*other}}), 0u);
  EXPECT_STATE(*one, .value = 0);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(Any, BlocksUntilOneHas) {
  Fresh one, other;
  auto which = std::async(std::launch::async, [&] {
    return acquire_any({{*one}, {*other, 2}});
  });
  ASSERT_TRUE(blocked(*one, 1));
  ASSERT_TRUE(blocked(*other, 1));
  other->release(2);
  EXPECT_EQ(which.get(), 1u);
  EXPECT_STATE(*one, .value = 0);
  EXPECT_STATE(*other, .value = 0);
}

TEST_F(Any, DoesNotBlockIfItOnlyTries) {
  Fresh one, other;
  EXPECT_EQ(try_acquire_any({{*one}, {*other}}), std::nullopt);
  one->release();
  EXPECT_EQ(try_acquire_any({{*one}, {*other}}), 0u);
}

TEST_F(Any, EndsInTime) {
  Fresh one;
  EXPECT_EQ(try_acquire_any_for(1ms, {{*one}}), std::nullopt);
  EXPECT_EQ(try_acquire_any_for(-1h, {{*one}}), std::nullopt);
  EXPECT_EQ(try_acquire_any_until(std::chrono::system_clock::now(), {{*one}}),
            std::nullopt);
  one->release();
  EXPECT_EQ(try_acquire_any_for(kLong, {{*one}}), 0u);
}

TEST_F(Any, EndsWithAStopRequest) {
  Fresh one;
  std::stop_source source;
  auto which = std::async(std::launch::async, [&] {
    return acquire_any(source.get_token(), {{*one}});
  });
  ASSERT_TRUE(blocked(*one, 1));
  source.request_stop();
  EXPECT_EQ(which.get(), std::nullopt);
  one->release();
  EXPECT_EQ(acquire_any(source.get_token(), {{*one}}), std::nullopt);
  EXPECT_EQ(acquire_any(std::stop_token(), {{*one}}), 0u);
}

TEST_F(Any, EndsWithAStopRequestOrInTime) {
  Fresh one, other;
  std::stop_source source;
  EXPECT_EQ(try_acquire_any_for(source.get_token(), 1ms, {{*one}, {*other}}),
            std::nullopt);
  auto which = std::async(std::launch::async, [&] {
    return try_acquire_any_for(source.get_token(), kLong, {{*one}, {*other}});
  });
  ASSERT_TRUE(blocked(*one, 1));
  source.request_stop();
  EXPECT_EQ(which.get(), std::nullopt);
  one->release();
  EXPECT_EQ(
      try_acquire_any_until(source.get_token(),
                            std::chrono::system_clock::now() + kLong, {{*one}}),
      std::nullopt);
  EXPECT_EQ(try_acquire_any_until(std::stop_source().get_token(),
                                  std::chrono::steady_clock::now() + kLong,
                                  {{*other}, {*one}}),
            1u);
}

TEST_F(All, TakesAllOrNone) {
  Fresh one({.value = 5}), other({.value = 1});
  EXPECT_TRUE(try_acquire_all({{*one, 2}, {*other}}));
  EXPECT_STATE(*one, .value = 3);
  EXPECT_STATE(*other, .value = 0);
  EXPECT_FALSE(try_acquire_all({{*one, 2}, {*other}}));
  EXPECT_FALSE(try_acquire_all_for(1ms, {{*one, 2}, {*other}}));
  EXPECT_FALSE(try_acquire_all_until(std::chrono::steady_clock::now(),
                                     {{*one, 2}, {*other}}));
  EXPECT_STATE(*one, .value = 3);
}

TEST_F(All, BlocksUntilAllAreThere) {
  Fresh one({.value = 1}), other;
  std::thread taker([&] { acquire_all({{*one}, {*other}}); });
  ASSERT_TRUE(blocked(*other, 1));
  EXPECT_STATE(*one, .value = 1, .waiters = 1);
  other->release();
  taker.join();
  EXPECT_STATE(*one, .value = 0);
  EXPECT_STATE(*other, .value = 0);
}

TEST_F(All, EndsWithAStopRequest) {
  Fresh one({.value = 1}), other;
  std::stop_source source;
  auto done = std::async(std::launch::async, [&] {
    return acquire_all(source.get_token(), {{*one}, {*other}});
  });
  ASSERT_TRUE(blocked(*other, 1));
  source.request_stop();
  EXPECT_FALSE(done.get());
  EXPECT_STATE(*one, .value = 1);
}

TEST_F(All, EndsWithAStopRequestOrInTime) {
  Fresh one({.value = 1}), other;
  std::stop_source source;
  EXPECT_FALSE(
      try_acquire_all_for(source.get_token(), 1ms, {{*one}, {*other}}));
  auto done = std::async(std::launch::async, [&] {
    return try_acquire_all_until(source.get_token(),
                                 std::chrono::steady_clock::now() + kLong,
                                 {{*one}, {*other}});
  });
  ASSERT_TRUE(blocked(*other, 1));
  source.request_stop();
  EXPECT_FALSE(done.get());
  EXPECT_STATE(*one, .value = 1);
  EXPECT_TRUE(
      try_acquire_all_for(std::stop_source().get_token(), kLong, {{*one}}));
}

TEST_F(All, GivesAllOrNone) {
  Fresh one({.value = 0, .max = 1}), other({.value = 0, .max = 5});
  release_all({{*one}, {*other, 3}});
  EXPECT_STATE(*one, .value = 1, .max = 1);
  EXPECT_STATE(*other, .value = 3, .max = 5);
  EXPECT_EQ(errno_of([&] { release_all({{*other}, {*one}}); }), EOVERFLOW);
  EXPECT_STATE(*other, .value = 3, .max = 5);
}

TEST_F(All, ComeBackAtTheEndOfTheScope) {
  Fresh one({.value = 5}), other({.value = 1});
  {
    const ScopedUnits units({{*one, 2}, {*other}});
    EXPECT_STATE(*one, .value = 3);
    EXPECT_STATE(*other, .value = 0);
  }
  EXPECT_STATE(*one, .value = 5);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(All, ComeBackAlsoIfASemaphoreIsMoved) {
  Fresh sem({.value = 5}), other({.value = 1});
  Semaphore from = Semaphore::open(sem.name());
  Semaphore to = Semaphore::open(other.name());
  {
    const ScopedUnits units({{from, 2}, {*other}});
    to = std::move(from);
    EXPECT_STATE(*sem, .value = 3);
  }
  EXPECT_STATE(*sem, .value = 5);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(All, ScopedMayNotBeThere) {
  Fresh one({.value = 5}), other;
  const std::vector<Want> both = {{*one, 2}, {*other}};
  const auto past = std::chrono::steady_clock::now();
  const std::stop_token never;
  std::stop_source stopped;
  EXPECT_FALSE(ScopedUnits(both, std::try_to_lock));
  EXPECT_FALSE(ScopedUnits(both, 1ms));
  EXPECT_FALSE(ScopedUnits(both, past));
  EXPECT_FALSE(ScopedUnits(both, stopped.get_token(), 1ms));
  EXPECT_FALSE(ScopedUnits(both, never, past));
  stopped.request_stop();
  EXPECT_FALSE(ScopedUnits(both, stopped.get_token()));
  EXPECT_FALSE(ScopedUnits(both, stopped.get_token(), kLong));
  EXPECT_STATE(*one, .value = 5);
  other->release();
  EXPECT_TRUE(ScopedUnits(both, std::try_to_lock));
  EXPECT_TRUE(ScopedUnits(both, kLong));
  EXPECT_TRUE(ScopedUnits(both, std::chrono::system_clock::now() + kLong));
  EXPECT_TRUE(ScopedUnits(both, never));
  EXPECT_TRUE(ScopedUnits(both, never, kLong));
  EXPECT_STATE(*one, .value = 5);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(All, ScopedMoves) {
  static_assert(std::is_nothrow_move_constructible_v<ScopedUnits> &&
                std::is_nothrow_move_assignable_v<ScopedUnits>);
  Fresh one({.value = 1}), other({.value = 1});
  ScopedUnits units({{*one}});
  ScopedUnits moved = std::move(units);
  EXPECT_FALSE(units);  // NOLINT: it is promised
  EXPECT_TRUE(moved);
  EXPECT_STATE(*one, .value = 0);
  moved = ScopedUnits({{*other}});
  EXPECT_STATE(*one, .value = 1);
  EXPECT_STATE(*other, .value = 0);
  moved.release();
  EXPECT_FALSE(moved);
  moved.release();
  EXPECT_STATE(*other, .value = 1);
  ScopedUnits both({{*one}, {*other}});
  both.dismiss();
  EXPECT_FALSE(both);
  both.release();
  EXPECT_STATE(*one, .value = 0);
  EXPECT_STATE(*other, .value = 0);
}

TEST_F(All, ScopedTellsWhatDidNotComeBack) {
  Fresh one({.value = 1, .max = 1}), other({.value = 1});
  ScopedUnits both({{*one}, {*other}});
  one->set_value(1);
  EXPECT_EQ(errno_of([&] { both.release(); }), EOVERFLOW);
  EXPECT_FALSE(both);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(All, UndoesByEachObject) {
  Fresh sem({.value = 3}), other({.value = 3});
  {
    Semaphore mine = Semaphore::open(sem.name(), {.undo = true});
    acquire_all({{mine, 2}, {*other, 2}});
    EXPECT_EQ(mine.undo_units(), 2);
    release_all({{*other}, {mine}});
    EXPECT_EQ(mine.undo_units(), 1);
  }
  EXPECT_STATE(*sem, .value = 3);
  EXPECT_STATE(*other, .value = 2);
}

using Step = Several;

TEST_F(Step, DoesAllKindsAtOnce) {
  Fresh one({.value = 5}), other, third({.value = 8});
  operate({{Op::kAcquire, *one, 2},
           {Op::kZero, *other},
           {Op::kRelease, *other, 3},
           {Op::kSet, *third, 1}});
  EXPECT_STATE(*one, .value = 3);
  EXPECT_STATE(*other, .value = 3);
  EXPECT_STATE(*third, .value = 1);
}

TEST_F(Step, DoesAllOrNone) {
  Fresh one({.value = 5}), other({.value = 1});
  const std::vector<Operation> step = {
      {Op::kAcquire, *one}, {Op::kSet, *one, 9}, {Op::kZero, *other}};
  std::stop_source source;
  EXPECT_FALSE(try_operate(step));
  EXPECT_FALSE(try_operate_for(1ms, step));
  EXPECT_FALSE(try_operate_until(std::chrono::system_clock::now(), step));
  EXPECT_FALSE(try_operate_for(source.get_token(), 1ms, step));
  EXPECT_FALSE(try_operate_until(source.get_token(),
                                 std::chrono::steady_clock::now(), step));
  EXPECT_STATE(*one, .value = 5);
  other->acquire();
  EXPECT_TRUE(operate(source.get_token(), step));
  EXPECT_STATE(*one, .value = 9);
  source.request_stop();
  EXPECT_FALSE(operate(source.get_token(), step));
  EXPECT_FALSE(try_operate_for(source.get_token(), kLong, step));
  EXPECT_STATE(*one, .value = 9);
}

TEST_F(Step, BlocksUntilAllCanBeDone) {
  Fresh one({.value = 1}), other;
  std::thread mover([&] {
    operate({{Op::kRelease, *other, 2}, {Op::kZero, *one}});
  });
  ASSERT_TRUE(blocked(*one, 1));
  EXPECT_EQ(other->value(), 0);
  one->acquire();
  mover.join();
  EXPECT_STATE(*other, .value = 2);
}

TEST_F(Step, EndsWithAStopRequest) {
  Fresh one({.value = 1}), other;
  std::stop_source source;
  auto done = std::async(std::launch::async, [&] {
    return try_operate_for(source.get_token(), kLong,
                           {{Op::kSet, *other, 3}, {Op::kZero, *one}});
  });
  ASSERT_TRUE(blocked(*one, 1));
  source.request_stop();
  EXPECT_FALSE(done.get());
  EXPECT_STATE(*other, .value = 0);
}

// What is set leaves alone what comes back, as set_value() does.
TEST_F(Step, UndoesWhatIsTaken) {
  Fresh sem({.value = 5});
  {
    Semaphore mine = Semaphore::open(sem.name(), {.undo = true});
    operate({{Op::kAcquire, mine, 3}, {Op::kRelease, *sem}});
    EXPECT_EQ(mine.undo_units(), 3);
    operate({{Op::kRelease, mine}, {Op::kSet, mine, 4}});
    EXPECT_EQ(mine.undo_units(), 2);
  }
  EXPECT_STATE(*sem, .value = 6);
}

TEST_F(Step, RefusesNonsense) {
  Fresh one({.value = 5, .max = 9});
  for (const Operation& bad :
       {Operation{Op::kAcquire, *one, 0}, Operation{Op::kAcquire, *one, -1},
        Operation{Op::kRelease, *one, 0}, Operation{Op::kSet, *one, -1}}) {
    EXPECT_EQ(errno_of([&] { operate({bad}); }), EINVAL) << bad.units;
  }
  EXPECT_EQ(errno_of([&] { operate({{Op::kSet, *one, 10}}); }), EOVERFLOW);
  EXPECT_EQ(errno_of([&] { operate({{Op::kAcquire, *one, 10}}); }), ERANGE);
  EXPECT_EQ(errno_of([&] { operate(std::vector<Operation>()); }), EINVAL);
  EXPECT_STATE(*one, .value = 5, .max = 9);
}

using Zero = Several;

TEST_F(Zero, IsWaitedFor) {
  Fresh sem({.value = 1});
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  for (const auto& wait : std::vector<std::function<bool()>>{
           [&] {
             wait_for_zero(*sem);
             return true;
           },
           [&] { return wait_for_zero(stop, *sem); },
           [&] { return try_wait_for_zero_for(kLong, *sem); },
           [&] {
             return try_wait_for_zero_until(
                 stop, std::chrono::steady_clock::now() + kLong, *sem);
           }}) {
    auto done = std::async(std::launch::async, wait);
    ASSERT_TRUE(blocked(*sem, 1));
    sem->acquire();
    EXPECT_TRUE(done.get());
    EXPECT_TRUE(try_wait_for_zero(*sem));
    sem->release();
  }
}

TEST_F(Zero, IsNotWaitedForLonger) {
  Fresh sem({.value = 1});
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  const auto now = std::chrono::system_clock::now();
  EXPECT_FALSE(try_wait_for_zero(*sem));
  EXPECT_FALSE(try_wait_for_zero_for(1ms, *sem));
  EXPECT_FALSE(try_wait_for_zero_for(stop, 1ms, *sem));
  EXPECT_FALSE(try_wait_for_zero_until(now, *sem));
  EXPECT_FALSE(try_wait_for_zero_until(stop, now, *sem));
  auto done =
      std::async(std::launch::async, [&] { return wait_for_zero(stop, *sem); });
  ASSERT_TRUE(blocked(*sem, 1));
  source.request_stop();
  EXPECT_FALSE(done.get());
  EXPECT_STATE(*sem, .value = 1);
}

TEST_F(All, UndoesWhatAnObjectWithUndoTook) {
  Fresh sem({.value = 3});
  {
    Semaphore mine = Semaphore::open(sem.name(), {.undo = true});
    acquire_all({{mine, 2}});
    EXPECT_EQ(acquire_any({{mine}}), 0u);
    EXPECT_STATE(*sem, .value = 0);
    EXPECT_EQ(errno_of([&] {
                return try_acquire_any({{mine}, {*sem}});
              }),
              EINVAL);
  }
  EXPECT_STATE(*sem, .value = 3);
}

TEST_F(Several, TakesAllKindsOfLists) {
  Fresh one({.value = 9}), other;
  Want array[] = {{*one}, {*one, 2}};
  const Want constant[] = {{*other}, {*one}};
  const std::array<Want, 2> standard = {{{*other}, {*one}}};
  std::vector<Want> vector = {{*other}, {*one}};
  const std::initializer_list<Want> list = {{*other}, {*one}};
  acquire_all(array);
  EXPECT_STATE(*one, .value = 6);
  release_all(std::span<Want>(array));
  EXPECT_STATE(*one, .value = 9);
  { const ScopedUnits units(std::span<Want, 2>{array}); }
  EXPECT_EQ(acquire_any(constant), 1u);
  EXPECT_EQ(acquire_any(standard), 1u);
  EXPECT_EQ(acquire_any(vector), 1u);
  EXPECT_EQ(acquire_any(list), 1u);
  EXPECT_EQ(acquire_any(std::span(constant)), 1u);
  EXPECT_EQ(try_acquire_any_for(kLong, standard), 1u);
  EXPECT_STATE(*one, .value = 3);
}

TEST_F(Several, RefusesNonsense) {
  Fresh one({.value = 9});
  const std::vector<Want> many(kMaxWants + 1, Want{*one});
  EXPECT_EQ(errno_of([&] { return acquire_any(many); }), EINVAL);
  EXPECT_EQ(errno_of([&] { acquire_all(std::vector<Want>()); }), EINVAL);
  EXPECT_EQ(errno_of([&] { return acquire_any({{*one}, {*one}}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { acquire_all({{*one, 0}}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { acquire_all({{*one, -1}}); }), EINVAL);
  Semaphore files = Semaphore::open(one.name(), {.via = Via::kFiles});
  EXPECT_EQ(errno_of([&] { return acquire_any({{*one}, {files}}); }), ENODEV);
  EXPECT_STATE(*one, .value = 9);
}

TEST_F(Several, TellsOfAShutdown) {
  Fresh one, other;
  auto error = std::async(std::launch::async, [&] {
    return errno_of([&] { return acquire_any({{*one}, {*other}}); });
  });
  ASSERT_TRUE(blocked(*other, 1));
  other->shutdown();
  EXPECT_EQ(error.get(), EIDRM);
  EXPECT_EQ(errno_of([&] {
              return try_acquire_all({{*other}, {*one}});
            }),
            EIDRM);
}

// Of the WantError that it throws.
std::size_t index_of(const std::function<void()>& operation) {
  try {
    operation();
  } catch (const WantError& error) {
    return error.index();
  } catch (const std::system_error& error) {
    ADD_FAILURE() << error.what();
  }
  return kMaxWants;
}

std::string what_of(const std::function<void()>& operation) {
  try {
    operation();
  } catch (const WantError& error) {
    return error.what();
  }
  return "";
}

TEST_F(Several, TellsWhichOneAnErrorIsAbout) {
  Fresh one({.value = 5}), other({.value = 1, .max = 2});
  EXPECT_EQ(index_of([&] { release_all({{*one}, {*other, 2}}); }), 1u);
  EXPECT_EQ(index_of([&] {
              return try_acquire_all({{*one}, {*other, 3}});
            }),
            1u);
  one->shutdown();
  EXPECT_EQ(index_of([&] { return acquire_any({{*one}, {*other}}); }), 0u);
  EXPECT_STATE(*other, .value = 1, .max = 2);
}

TEST_F(Several, TellsWhichOneDoesNotFit) {
  Fresh one({.value = 5}), other({.value = 1});
  Semaphore files = Semaphore::open(other.name(), {.via = Via::kFiles});
  EXPECT_EQ(index_of([&] { acquire_all({{*one}, {*other}, {files}}); }), 2u);
  Semaphore undo = Semaphore::open(other.name(), {.undo = true});
  EXPECT_EQ(index_of([&] { return acquire_any({{*one}, {undo}}); }), 1u);
  Semaphore from = Semaphore::open(other.name());
  const Semaphore to = std::move(from);
  const auto with_none = [&] { acquire_all({{*one}, {from}}); };  // NOLINT
  EXPECT_EQ(errno_of(with_none), EBADF);
  EXPECT_EQ(index_of(with_none), 1u);
  EXPECT_STATE(*one, .value = 5);
  EXPECT_STATE(*other, .value = 1);
}

TEST_F(Several, TellsTheOperationAndTheSemaphore) {
  Fresh one({.value = 1, .max = 1}), other;
  Semaphore from = Semaphore::open(other.name());
  const Semaphore to = std::move(from);
  const auto with_none = [&] { acquire_all({{*one}, {from}}); };  // NOLINT
  EXPECT_EQ(what_of(with_none), "acquire_all: Bad file descriptor");
  EXPECT_EQ(what_of([&] { return try_acquire_any(std::vector<Want>()); }),
            "try_acquire_any: Invalid argument");
  EXPECT_EQ(what_of([&] {
              return try_acquire_all_for(1s, {{*one, 0}});
            }),
            "try_acquire_all " + one.name() + ": Invalid argument");
  Semaphore files = Semaphore::open(other.name(), {.via = Via::kFiles});
  EXPECT_EQ(what_of([&] {
              return acquire_any({{*one}, {files}});
            }),
            "acquire_any " + other.name() + ": No such device");
  EXPECT_EQ(
      what_of([&] {
        release_all({{*other}, {*one}});
      }),
      "release_all " + one.name() + ": Value too large for defined data type");
  one->shutdown();
  EXPECT_EQ(what_of([&] { wait_for_zero(*one); }),
            "wait_for_zero " + one.name() + ": Identifier removed");
}

// As by WantError, but for the index.
TEST_F(Several, TellsByAnErrorCode) {
  Fresh one({.value = 1, .max = 1}), other;
  const std::vector<Want> both = {{*one}, {*other}};
  const std::stop_token never;
  const auto now = std::chrono::steady_clock::now();
  std::error_code error = std::make_error_code(std::errc::io_error);
  const auto told = [&] {
    const int number = error.value();
    EXPECT_EQ(error.category(), std::generic_category());
    error = std::make_error_code(std::errc::io_error);
    return number;
  };
  EXPECT_EQ(acquire_any(both, error), 0u);
  EXPECT_EQ(told(), 0);
  EXPECT_EQ(try_acquire_any(both, error), std::nullopt);
  EXPECT_EQ(told(), 0);
  EXPECT_FALSE(try_acquire_all(both, error));
  EXPECT_EQ(told(), 0);
  release_all({{*one}}, error);
  EXPECT_EQ(told(), 0);
  release_all(both, error);
  EXPECT_EQ(told(), EOVERFLOW);
  operate({{Op::kSet, *one, 2}}, error);
  EXPECT_EQ(told(), EOVERFLOW);
  EXPECT_FALSE(try_wait_for_zero(*one, error));
  EXPECT_EQ(told(), 0);
  one->shutdown();
  EXPECT_EQ(acquire_any(never, both, error), std::nullopt);
  EXPECT_EQ(told(), EIDRM);
  EXPECT_EQ(try_acquire_any_for(1ms, both, error), std::nullopt);
  EXPECT_EQ(told(), EIDRM);
  EXPECT_FALSE(try_acquire_all_until(never, now, both, error));
  EXPECT_EQ(told(), EIDRM);
  acquire_all(both, error);
  EXPECT_EQ(told(), EIDRM);
  wait_for_zero(*one, error);
  EXPECT_EQ(told(), EIDRM);
  acquire_all(std::vector<Want>(), error);
  EXPECT_EQ(told(), EINVAL);
  static_assert(noexcept(acquire_any(never, both, error)));
  static_assert(noexcept(try_operate({}, error)));
  static_assert(noexcept(release_all(both, error)));
  static_assert(!noexcept(acquire_all(both)));
}

TEST_F(Several, NeedsPermissionForEach) {
  Fresh one({.value = 1}), other({.value = 1});
  ASSERT_EQ(chmod(("/dev/ksem/" + other.name()).c_str(), 0444), 0);
  EXPECT_TRUE(in_child_ok([&] {
    if (setuid(1000)) return false;
    Semaphore reader = Semaphore::open(other.name(), {.via = Via::kHandle});
    return try_acquire_all({{reader}}) &&
           errno_of([&] { release_all({{reader}}); }) == EACCES &&
           errno_of([&] {
             operate({{Op::kSet, reader, 1}});
           }) == EACCES;
  }));
}

// Somebody has set it on a duplicate, as Asio does: that they aren't there now
// is no answer to who wanted to block, and no units are claimed.
TEST_F(Several, DoesNotTakeNonblockForANo) {
  Fresh one, other({.value = 1});
  const int handle = one->native_handle();
  ASSERT_EQ(fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) | O_NONBLOCK), 0);
  const std::stop_source source;
  const std::stop_token stop = source.get_token();
  EXPECT_EQ(errno_of([&] { return acquire_any({{*one}}); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { return acquire_any(stop, {{*one}}); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { return try_acquire_any_for(kLong, {{*one}}); }),
            EAGAIN);
  EXPECT_EQ(errno_of([&] { acquire_all({{*one}, {*other}}); }), EAGAIN);
  EXPECT_EQ(errno_of([&] {
              return acquire_all(stop, {{*one}, {*other}});
            }),
            EAGAIN);
  EXPECT_EQ(
      errno_of([&] { return try_acquire_all_for(stop, kLong, {{*one}}); }),
      EAGAIN);
  EXPECT_EQ(errno_of([&] {
              const ScopedUnits both({{*one}, {*other}});
            }),
            EAGAIN);
  EXPECT_EQ(try_acquire_any({{*one}}), std::nullopt);
  // Without any time to wait none would have to block.
  const auto past = std::chrono::steady_clock::now() - 1s;
  EXPECT_EQ(try_acquire_any_for(0s, {{*one}}), std::nullopt);
  EXPECT_EQ(try_acquire_any_for(stop, 0s, {{*one}}), std::nullopt);
  EXPECT_EQ(try_acquire_any_until(past, {{*one}}), std::nullopt);
  EXPECT_FALSE(try_acquire_all_for(0s, {{*one}, {*other}}));
  EXPECT_FALSE(try_acquire_all_until(stop, past, {{*one}, {*other}}));
  EXPECT_FALSE(try_acquire_all({{*one}, {*other}}));
  EXPECT_STATE(*one, .value = 0);
  EXPECT_STATE(*other, .value = 1);
  one->release();
  EXPECT_EQ(errno_of([&] { wait_for_zero(*one); }), EAGAIN);
  acquire_all({{*one}, {*other}});
  EXPECT_STATE(*one, .value = 0);
}

TEST_F(Several, GoesOnAfterASignalHandler) {
  Fresh one;
  std::atomic<pthread_t> thread;
  std::signal(SIGUSR1, [](int) {});
  std::thread waiter([&] {
    thread = pthread_self();
    static_cast<void>(acquire_any({{*one}}));
  });
  ASSERT_TRUE(blocked(*one, 1));
  for (int i = 0; i < 20; i++) pthread_kill(thread, SIGUSR1);
  ASSERT_TRUE(blocked(*one, 1));
  one->release();
  waiter.join();
}

}  // namespace
}  // namespace ksem

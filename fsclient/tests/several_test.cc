// SPDX-License-Identifier: MIT
// Waits on several semaphores at once.
#include "ksem/several.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <span>
#include <thread>
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

TEST_F(All, WaitsForZero) {
  Fresh sem({.value = 1});
  std::thread waiter([&] { wait_for_zero(*sem); });
  ASSERT_TRUE(blocked(*sem, 1));
  sem->acquire();
  waiter.join();
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

TEST_F(Several, NeedsPermissionForEach) {
  Fresh one({.value = 1}), other({.value = 1});
  ASSERT_EQ(chmod(("/dev/ksem/" + other.name()).c_str(), 0444), 0);
  EXPECT_TRUE(in_child_ok([&] {
    if (setuid(1000)) return false;
    Semaphore reader = Semaphore::open(other.name(), {.via = Via::kHandle});
    return try_acquire_all({{reader}}) &&
           errno_of([&] { release_all({{reader}}); }) == EACCES;
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

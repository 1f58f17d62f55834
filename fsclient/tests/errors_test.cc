// SPDX-License-Identifier: MIT
// Each error that the headers promise, and that nothing has changed then.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <span>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* what;
  int error;
  void (*operation)(Semaphore&);
};

constexpr Case kOnTwoOfFive[] = {
    {"acquire none", EINVAL, [](Semaphore& s) { s.acquire(0); }},
    {"acquire a negative number", EINVAL, [](Semaphore& s) { s.acquire(-1); }},
    {"acquire the least int", EINVAL, [](Semaphore& s) { s.acquire(INT_MIN); }},
    {"acquire more than max", ERANGE, [](Semaphore& s) { s.acquire(6); }},
    {"acquire the most", ERANGE, [](Semaphore& s) { s.acquire(kMax); }},
    {"try none", EINVAL,
     [](Semaphore& s) { static_cast<void>(s.try_acquire(0)); }},
    {"try a negative number", EINVAL,
     [](Semaphore& s) { static_cast<void>(s.try_acquire(-1)); }},
    {"try more than max", ERANGE,
     [](Semaphore& s) { static_cast<void>(s.try_acquire(6)); }},
    {"timed, none", EINVAL,
     [](Semaphore& s) { static_cast<void>(s.try_acquire_for(1s, 0)); }},
    {"timed, negative", EINVAL,
     [](Semaphore& s) { static_cast<void>(s.try_acquire_for(1s, -1)); }},
    {"timed, no time, none", EINVAL,
     [](Semaphore& s) { static_cast<void>(s.try_acquire_for(0s, 0)); }},
    {"timed, more than max", ERANGE,
     [](Semaphore& s) { static_cast<void>(s.try_acquire_for(1s, 6)); }},
    {"stoppable, none", EINVAL,
     [](Semaphore& s) {
       static_cast<void>(s.acquire(std::stop_source().get_token(), 0));
     }},
    {"stoppable, more than max", ERANGE,
     [](Semaphore& s) {
       static_cast<void>(s.acquire(std::stop_source().get_token(), 6));
     }},
    {"release none", EINVAL, [](Semaphore& s) { s.release(0); }},
    {"release a negative number", EINVAL, [](Semaphore& s) { s.release(-1); }},
    {"release past max", EOVERFLOW, [](Semaphore& s) { s.release(4); }},
    {"release the most", EOVERFLOW, [](Semaphore& s) { s.release(kMax); }},
    {"set_value negative", EINVAL, [](Semaphore& s) { s.set_value(-1); }},
    {"set_value past max", EOVERFLOW, [](Semaphore& s) { s.set_value(6); }},
    {"set_max 0", EINVAL, [](Semaphore& s) { s.set_max(0); }},
    {"set_max negative", EINVAL, [](Semaphore& s) { s.set_max(-1); }},
    {"set_max below value", EINVAL, [](Semaphore& s) { s.set_max(1); }},
    {"create what is there", EEXIST,
     [](Semaphore& s) { Semaphore::create(s.name(), 0, kMax, options()); }},
};

TEST(Errors, LeaveEverythingAsItWas) {
  Fresh sem({.value = 2, .max = 5});
  for (const Case& c : kOnTwoOfFive) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(errno_of([&] { c.operation(*sem); }), c.error);
    EXPECT_STATE(*sem, .value = 2, .max = 5);
  }
}

constexpr Case kOnABlockedOne[] = {
    {"remove", EBUSY, [](Semaphore& s) { Semaphore::remove(s.name()); }},
    {"set_order", EBUSY, [](Semaphore& s) { s.set_order(Order::kPriority); }},
    {"set_max below what is waited for", EBUSY,
     [](Semaphore& s) { s.set_max(2); }},
};

TEST(Errors, WhileSomebodyIsBlocked) {
  Fresh sem({.max = 5});
  std::thread waiter([&] { sem->acquire(3); });
  ASSERT_TRUE(blocked(*sem, 1));
  for (const Case& c : kOnABlockedOne) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(errno_of([&] { c.operation(*sem); }), c.error);
    EXPECT_STATE(*sem, .value = 0, .max = 5, .waiters = 1);
  }
  sem->release(3);
  waiter.join();
}

constexpr Case kUses[] = {
    {"acquire", 0, [](Semaphore& s) { s.acquire(); }},
    {"acquire(stop)", 0,
     [](Semaphore& s) {
       static_cast<void>(s.acquire(std::stop_source().get_token()));
     }},
    {"try_acquire", 0,
     [](Semaphore& s) { static_cast<void>(s.try_acquire()); }},
    {"try_acquire_for", 0,
     [](Semaphore& s) { static_cast<void>(s.try_acquire_for(1s)); }},
    {"release", 0, [](Semaphore& s) { s.release(); }},
    {"set_value", 0, [](Semaphore& s) { s.set_value(1); }},
    {"set_max", 0, [](Semaphore& s) { s.set_max(4); }},
    {"set_order", 0, [](Semaphore& s) { s.set_order(Order::kFifo); }},
    {"set_fair", 0, [](Semaphore& s) { s.set_fair(true); }},
};

constexpr Case kReads[] = {
    {"value", 0, [](Semaphore& s) { s.value(); }},
    {"max", 0, [](Semaphore& s) { s.max(); }},
    {"waiters", 0, [](Semaphore& s) { s.waiters(); }},
    {"order", 0, [](Semaphore& s) { s.order(); }},
    {"fair", 0, [](Semaphore& s) { s.fair(); }},
};

TEST(Errors, AfterShutdown) {
  Fresh sem({.value = 2, .max = 5});
  sem->shutdown();
  for (const Case& c : kUses) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(errno_of([&] { c.operation(*sem); }), EIDRM);
    EXPECT_STATE(*sem, .value = 2, .max = 5);
  }
}

// A handle goes on: see handle_test.cc.
TEST(Errors, AfterRemoval) {
  if (by_handle()) GTEST_SKIP();
  Fresh sem({.value = 4, .max = 5});
  for (const Case& c : kUses) c.operation(*sem);  // descriptors are kept now
  Semaphore::remove(sem.name());
  for (const auto& cases : {std::span<const Case>(kUses), {kReads}}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(c.what);
      EXPECT_EQ(errno_of([&] { c.operation(*sem); }), ENOENT);
    }
  }
}

TEST(Errors, NoSuchSemaphore) {
  const std::string name = fresh_name();
  EXPECT_EQ(errno_of([&] { Semaphore::open(name, options()); }), ENOENT);
  EXPECT_EQ(errno_of([&] { Semaphore::remove(name); }), ENOENT);
}

TEST(Errors, WhatIsNoName) {
  const std::vector<std::string> before = Semaphore::list();
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."),
        std::string("../ksem/x"), std::string("a/b"), std::string("/"),
        std::string("/tmp"), std::string("a\0b", 3), std::string(1, '\0'),
        std::string(".control")}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(errno_of([&] { Semaphore::create(name, 0, kMax, options()); }),
              EINVAL);
    EXPECT_EQ(errno_of([&] { Semaphore::open(name, options()); }), EINVAL);
    EXPECT_EQ(errno_of([&] { Semaphore::open_or_create(name); }), EINVAL);
    EXPECT_EQ(errno_of([&] { Semaphore::remove(name); }), EINVAL);
  }
  EXPECT_EQ(Semaphore::list(), before);
}

TEST(Errors, TooLongAName) {
  const std::string name(256, 'n');
  EXPECT_EQ(errno_of([&] { Semaphore::create(name, 0, kMax, options()); }),
            ENAMETOOLONG);
  EXPECT_EQ(errno_of([&] { Semaphore::open(name, options()); }), ENAMETOOLONG);
}

struct BadCreate {
  int value, max, error;
};

TEST(Errors, WhatCannotBeCreatedIsNotThereAfterwards) {
  constexpr BadCreate kCases[] = {{2, 1, EOVERFLOW},
                                  {0, 0, EINVAL},
                                  {0, -1, EINVAL},
                                  {-1, 5, EINVAL},
                                  {-1, kMax, EINVAL}};
  const std::string name = fresh_name();
  for (const BadCreate& c : kCases) {
    SCOPED_TRACE(c.value);
    EXPECT_EQ(
        errno_of([&] { Semaphore::create(name, c.value, c.max, options()); }),
        c.error);
    EXPECT_EQ(errno_of([&] { Semaphore::open(name, options()); }), ENOENT);
    EXPECT_EQ(errno_of([&] {
                Semaphore::open_or_create(name, c.value, c.max, options());
              }),
              c.error);
    EXPECT_EQ(errno_of([&] { Semaphore::open(name, options()); }), ENOENT);
  }
}

TEST(Errors, SayWhatAndWhich) {
  Fresh sem({.max = 1});
  try {
    sem->release(2);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.what(), "release " + sem.name() +
                                ": Value too large for defined data type");
  }
}

// Runs in a child, since it can't become root again.
TEST(Errors, WithoutPermission) {
  Fresh sem({.value = 1});
  EXPECT_EXIT(
      {
        if (setuid(1000)) _exit(1);
        // A handle is no use then, and that is no reason to fail.
        Semaphore mine = Semaphore::open(sem.name());
        const bool seen = state(mine) == State{.value = 1};
        const bool denied =
            errno_of([&] { mine.acquire(); }) == EACCES &&
            errno_of([&] { return mine.try_acquire(); }) == EACCES &&
            errno_of([&] { return mine.try_acquire_for(1s); }) == EACCES &&
            errno_of([&] { mine.release(); }) == EACCES &&
            errno_of([&] { mine.set_value(1); }) == EACCES &&
            errno_of([&] { mine.shutdown(); }) == EACCES &&
            errno_of([&] { Semaphore::create("other"); }) == EACCES &&
            errno_of([&] { Semaphore::remove(mine.name()); }) == EACCES;
        _exit(seen && denied ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Errors, NoRoot) {
  setenv("KSEM_ROOT", "/nonexistent", 1);
  EXPECT_EQ(root(), "/nonexistent");
  EXPECT_EQ(errno_of([] { Semaphore::list(); }), ENOENT);
  EXPECT_EQ(errno_of([] { Semaphore::create("x"); }), ENOENT);
  EXPECT_EQ(errno_of([] { Semaphore::open("x"); }), ENOENT);
  EXPECT_EQ(errno_of([] { Semaphore::open_or_create("x"); }), ENOENT);
  setenv("KSEM_ROOT", "", 1);
  EXPECT_EQ(root(), "/sys/kernel/config/ksem");
  unsetenv("KSEM_ROOT");
  EXPECT_EQ(root(), "/sys/kernel/config/ksem");
}

// Units that were taken can be given back whatever else happens.
TEST(Errors, OutOfDescriptors) {
  Fresh sem({.value = 2, .max = 2});
  Semaphore late = Semaphore::open(sem.name(), options());
  EXPECT_TRUE(sem->try_acquire());

  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const int from_late = errno_of([&] { late.acquire(); });
  const int release = errno_of([&] { sem->release(); });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);

  // A handle is all it takes.
  EXPECT_EQ(from_late, by_handle() ? 0 : EMFILE);
  if (by_handle()) late.release();
  EXPECT_EQ(release, 0);
  EXPECT_STATE(*sem, .value = 2, .max = 2);
}

// As the standard library's file system has it.
TEST(ErrorCode, TellsWhatThrowsOtherwise) {
  Fresh sem({.value = 1, .max = 2});
  std::error_code error = std::make_error_code(std::errc::io_error);
  EXPECT_TRUE(sem->try_acquire(1, error));
  EXPECT_FALSE(error);
  EXPECT_FALSE(sem->try_acquire(1, error));
  EXPECT_FALSE(error);
  static_cast<void>(sem->try_acquire(3, error));
  EXPECT_EQ(error.value(), ERANGE);
  sem->release(2, error);
  EXPECT_FALSE(error);
  sem->release(1, error);
  EXPECT_EQ(error.value(), EOVERFLOW);
  sem->acquire(2, error);
  EXPECT_FALSE(error);
  sem->acquire(0, error);
  EXPECT_EQ(error.value(), EINVAL);
  sem->shutdown();
  sem->acquire(1, error);
  EXPECT_EQ(error.value(), EIDRM);
  EXPECT_EQ(error.category(), std::generic_category());
  Semaphore from = Semaphore::open(sem.name(), options());
  const Semaphore to = std::move(from);
  from.release(1, error);  // NOLINT: it is promised
  EXPECT_EQ(error.value(), EBADF);
}

struct Told {
  const char* what;
  void (*operation)(Semaphore&, std::error_code&);
};

const std::stop_token kNever = std::stop_source().get_token();

constexpr Told kTold[] = {
    {"acquire", [](Semaphore& s, std::error_code& e) { s.acquire(1, e); }},
    {"acquire(stop)",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.acquire(kNever, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.try_acquire(1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire_for",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.try_acquire_for(1s, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire_for(stop)",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.try_acquire_for(kNever, 1s, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire_until",
     [](Semaphore& s, std::error_code& e) {
       const bool done =
           s.try_acquire_until(std::chrono::steady_clock::now() + 1h, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire_until(stop)",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.try_acquire_until(
           kNever, std::chrono::system_clock::now() + 1h, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"try_acquire_until, another clock",
     [](Semaphore& s, std::error_code& e) {
       const bool done =
           s.try_acquire_until(std::chrono::file_clock::now() + 1h, 1, e);
       EXPECT_EQ(done, !e);
     }},
    {"release", [](Semaphore& s, std::error_code& e) { s.release(1, e); }},
    {"set", [](Semaphore& s, std::error_code& e) { s.set({.value = 20}, e); }},
    {"value", [](Semaphore& s, std::error_code& e) { s.value(e); }},
    {"max", [](Semaphore& s, std::error_code& e) { s.max(e); }},
    {"waiters", [](Semaphore& s, std::error_code& e) { s.waiters(e); }},
    {"order", [](Semaphore& s, std::error_code& e) { s.order(e); }},
    {"fair",
     [](Semaphore& s, std::error_code& e) {
       const bool done = s.fair(e);
       EXPECT_EQ(done, !e);
     }},
    {"is_shutdown", [](Semaphore& s, std::error_code& e) { s.is_shutdown(e); }},
    {"counters", [](Semaphore& s, std::error_code& e) { s.counters(e); }},
    {"shutdown", [](Semaphore& s, std::error_code& e) { s.shutdown(e); }},
};

constexpr Told kToldByHandle[] = {
    {"waiting", [](Semaphore& s, std::error_code& e) { s.waiting(e); }},
    {"identity", [](Semaphore& s, std::error_code& e) { s.identity(e); }},
    {"undo_units", [](Semaphore& s, std::error_code& e) { s.undo_units(e); }},
};

// The error that is told, which was another one before.
int told_by(const Told& told, Semaphore& semaphore) {
  SCOPED_TRACE(told.what);
  std::error_code error = std::make_error_code(std::errc::io_error);
  told.operation(semaphore, error);
  EXPECT_TRUE(!error || error.category() == std::generic_category());
  return error.value();
}

TEST(ErrorCode, OfEachOperation) {
  Fresh sem({.value = 9});
  for (const Told& told : kTold) EXPECT_EQ(told_by(told, *sem), 0);
  for (const Told& told : kToldByHandle) {
    EXPECT_EQ(told_by(told, *sem), by_handle() ? 0 : ENODEV);
  }
  const Semaphore to = std::move(*sem);
  for (const auto& cases : {std::span<const Told>(kTold), {kToldByHandle}}) {
    // NOLINTNEXTLINE: it is promised
    for (const Told& told : cases) EXPECT_EQ(told_by(told, *sem), EBADF);
  }
  *sem = Semaphore::open(to.name(), options());
}

TEST(ErrorCode, OfMakingAndOpening) {
  const std::string name = fresh_name();
  std::error_code error = std::make_error_code(std::errc::io_error);
  const auto told = [&] {
    return std::exchange(error, std::make_error_code(std::errc::io_error))
        .value();
  };
  EXPECT_EQ(Semaphore::open(name, options(), error).name(), "");
  EXPECT_EQ(told(), ENOENT);
  Semaphore::create(name, {.value = 2, .max = 1}, options(), error);
  EXPECT_EQ(told(), EOVERFLOW);
  Semaphore made = Semaphore::create(name, {.value = 2}, options(), error);
  EXPECT_EQ(told(), 0);
  EXPECT_STATE(made, .value = 2);
  EXPECT_EQ(Semaphore::create(name, {}, options(), error).name(), "");
  EXPECT_EQ(told(), EEXIST);
  EXPECT_STATE(Semaphore::open(name, options(), error), .value = 2);
  EXPECT_EQ(told(), 0);
  EXPECT_STATE(Semaphore::open_or_create(name, {}, options(), error),
               .value = 2);
  EXPECT_EQ(told(), 0);
  Semaphore::open_or_create("a/b", {}, options(), error);
  EXPECT_EQ(told(), EINVAL);
  if (by_handle()) {
    EXPECT_EQ(Semaphore::from_descriptor(made.native_handle(), false, error)
                  .identity(),
              made.identity());
    EXPECT_EQ(told(), 0);
  }
  Semaphore none = Semaphore::from_descriptor(-1, false, error);
  EXPECT_EQ(told(), EBADF);
  none.release(1, error);
  EXPECT_EQ(told(), EBADF);
  EXPECT_EQ(std::ranges::count(Semaphore::list(error), name), 1);
  EXPECT_EQ(told(), 0);
  Semaphore::remove(name, error);
  EXPECT_EQ(told(), 0);
  Semaphore::remove(name, error);
  EXPECT_EQ(told(), ENOENT);
  setenv("KSEM_ROOT", "/nonexistent", 1);
  EXPECT_TRUE(Semaphore::list(error).empty());
  EXPECT_EQ(told(), ENOENT);
  unsetenv("KSEM_ROOT");
}

// Where it blocks it can be cancelled, and to make one takes memory.
TEST(ErrorCode, IsAllThereIsWhereNothingIsThrown) {
  using S = Semaphore&;
  using E = std::error_code&;
  static_assert(noexcept(std::declval<S>().try_acquire(1, std::declval<E>())));
  static_assert(noexcept(std::declval<S>().release(1, std::declval<E>())));
  static_assert(noexcept(std::declval<S>().value(std::declval<E>())));
  static_assert(noexcept(std::declval<S>().set({}, std::declval<E>())));
  static_assert(noexcept(std::declval<S>().shutdown(std::declval<E>())));
  static_assert(!noexcept(std::declval<S>().acquire(1, std::declval<E>())));
  static_assert(!noexcept(Semaphore::remove("", std::declval<E>())));
}

TEST(Shutdown, IsTold) {
  Fresh sem;
  EXPECT_FALSE(sem->is_shutdown());
  sem->shutdown();
  EXPECT_TRUE(sem->is_shutdown());
}

}  // namespace
}  // namespace ksem

// SPDX-License-Identifier: MIT
// What only a handle does: no system calls, and a life after removal.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "fsclient/tests/support.h"
#include "ksem/units.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

// By an object of its own, whose page isn't mapped yet.
Semaphore handle_of(const Fresh& sem) {
  return Semaphore::open(sem.name(), {.via = Via::kHandle});
}

// Whether `work` makes no system call, once the first pair has been made.
bool without_system_calls(Semaphore& sem, const std::function<bool()>& work) {
  return in_child_ok([&] {
    sem.acquire();
    sem.release();
    // From now on all but read, write and exit kill.
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) return false;
    syscall(SYS_exit, work() ? 0 : 1);
    return false;
  });
}

bool have_seccomp() { return prctl(PR_GET_SECCOMP) == 0; }

TEST(Handle, UncontendedItMakesNoSystemCall) {
  if (!have_seccomp()) GTEST_SKIP() << "the kernel has no seccomp";
  Fresh sem({.value = 3, .max = 3});
  Semaphore handle = handle_of(sem);
  const auto deadline = system_clock::now() + kLong;  // may be a system call
  EXPECT_TRUE(without_system_calls(handle, [&] {
    for (int i = 0; i < 1'000'000; i++) {
      handle.acquire();
      handle.release();
    }
    handle.acquire(2);
    const bool got =
        handle.try_acquire() && handle.value() == 0 && !handle.try_acquire();
    handle.release(3);
    return got && handle.acquire(std::stop_token()) &&
           handle.try_acquire_for(kLong) && handle.try_acquire_until(deadline);
  }));
  EXPECT_STATE(handle, .value = 0, .max = 3);
  handle.release(3);
  // The test can fail.
  EXPECT_FALSE(without_system_calls(handle, [&] { return handle.max() == 3; }));
}

TEST(Handle, AMoveTakesTheWordAlong) {
  Fresh sem({.value = 5}), other({.value = 5});
  Semaphore first = handle_of(sem);
  first.acquire();
  Semaphore second = std::move(first);
  second.acquire();
  EXPECT_STATE(*sem, .value = 3);
  EXPECT_EQ(errno_of([&] { first.acquire(); }), EBADF);  // NOLINT: promised
  EXPECT_EQ(errno_of([&] { first.release(); }), EBADF);
  first = handle_of(other);
  first.acquire();
  second = std::move(first);
  second.acquire();
  EXPECT_STATE(*other, .value = 3);
  EXPECT_STATE(*sem, .value = 3);
}

TEST(Handle, AnExchangeNeverPassesTheLimits) {
  Fresh sem({.value = 1, .max = 2});
  Semaphore handle = handle_of(sem);
  handle.acquire();
  handle.release();
  for (const int n : {0, -1, -kMax - 1}) {
    EXPECT_EQ(errno_of([&] { handle.acquire(n); }), EINVAL);
    EXPECT_EQ(errno_of([&] { handle.release(n); }), EINVAL);
  }
  EXPECT_EQ(errno_of([&] { handle.acquire(3); }), ERANGE);
  EXPECT_EQ(errno_of([&] { return handle.try_acquire(3); }), ERANGE);
  EXPECT_EQ(errno_of([&] { handle.release(2); }), EOVERFLOW);
  EXPECT_EQ(errno_of([&] { handle.release(kMax); }), EOVERFLOW);
  EXPECT_STATE(handle, .value = 1, .max = 2);
  sem->set_max(kMax);
  handle.release(kMax - 1);
  EXPECT_EQ(errno_of([&] { handle.release(); }), EOVERFLOW);
  EXPECT_STATE(handle, .value = kMax);
  handle.acquire(kMax);
  EXPECT_STATE(handle, .value = 0);
}

TEST(Handle, MappedItHandsOverAndQueues) {
  Fresh sem({.value = 1});
  Semaphore handle = handle_of(sem);
  handle.acquire();
  handle.release();
  handle.acquire();
  std::thread waiter([&] { handle.acquire(2); });
  ASSERT_TRUE(blocked(handle, 1));
  handle.release();
  EXPECT_STATE(handle, .value = 1, .waiters = 1);
  EXPECT_FALSE(handle.try_acquire());
  handle.release();
  waiter.join();
  EXPECT_STATE(handle, .value = 0);
  handle.release();
  handle.acquire();
  EXPECT_STATE(handle, .value = 0);
}

TEST(Handle, ShutdownReachesTheMapped) {
  Fresh sem({.value = 2});
  Semaphore handle = handle_of(sem);
  handle.acquire();
  handle.acquire();
  handle.release();
  sem->shutdown();
  EXPECT_EQ(errno_of([&] { handle.acquire(); }), EIDRM);
  EXPECT_EQ(errno_of([&] { return handle.try_acquire(); }), EIDRM);
  EXPECT_EQ(errno_of([&] { handle.release(); }), EIDRM);
  EXPECT_STATE(handle, .value = 1);
}

// Off limits for mapping, or with the rule that units come back: by requests.
TEST(Handle, ThatMayNotBeMapped) {
  for (const bool undo : {false, true}) {
    const std::string file = undo ? "undo" : "mappable";
    SCOPED_TRACE(file);
    Fresh sem({.value = 2, .max = 2});
    ASSERT_EQ(
        write_file(root() + "/" + sem.name() + "/" + file, undo ? "1" : "0"),
        0);
    {
      Semaphore handle = handle_of(sem);
      handle.acquire();
      handle.acquire();
      EXPECT_FALSE(handle.try_acquire());
      EXPECT_STATE(handle, .value = 0, .max = 2);
      std::thread waiter([&] { handle.acquire(); });
      ASSERT_TRUE(blocked(*sem, 1));
      handle.release(2);
      waiter.join();
      EXPECT_STATE(handle, .value = 1, .max = 2);
    }
    EXPECT_EQ(sem->value(), undo ? 2 : 1);
  }
}

// That they aren't there now is no answer to who wanted to block, and nothing
// is taken.
TEST(Handle, ThatSomebodyHasSetNonblock) {
  Fresh sem;
  Semaphore handle = handle_of(sem);
  const int fd = handle.native_handle();
  ASSERT_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
  const std::stop_source source;
  const std::stop_token stop = source.get_token();
  EXPECT_EQ(errno_of([&] { handle.acquire(); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { return handle.acquire(stop); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { return handle.try_acquire_for(kLong); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { return handle.try_acquire_for(stop, kLong); }),
            EAGAIN);
  EXPECT_EQ(errno_of([&] { const Units unit(handle); }), EAGAIN);
  EXPECT_EQ(errno_of([&] { const Units unit(handle, kLong); }), EAGAIN);
  std::error_code error;
  handle.acquire(1, error);
  EXPECT_EQ(error.value(), EAGAIN);
  EXPECT_FALSE(handle.try_acquire(1, error));
  EXPECT_FALSE(error);
  EXPECT_FALSE(handle.try_acquire());
  EXPECT_FALSE(Units(handle, std::try_to_lock));
  EXPECT_STATE(*sem, .value = 0);
  // Without any time to wait none would have to block.
  const auto past = std::chrono::steady_clock::now() - 1s;
  EXPECT_FALSE(handle.try_acquire_for(0s));
  EXPECT_FALSE(handle.try_acquire_for(stop, 0s));
  EXPECT_FALSE(handle.try_acquire_for(stop, -1s));
  EXPECT_FALSE(handle.try_acquire_until(past));
  EXPECT_FALSE(handle.try_acquire_until(stop, past));
  EXPECT_FALSE(
      handle.try_acquire_until(std::chrono::system_clock::time_point()));
  EXPECT_FALSE(Units(handle, past));
  sem->release();
  handle.acquire();
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Handle, GoesOnAfterRemoval) {
  Fresh sem({.value = 1});
  Semaphore handle = handle_of(sem), other = handle_of(sem);
  handle.acquire();
  Semaphore::remove(sem.name());
  handle.release();
  other.acquire();
  EXPECT_STATE(handle, .value = 0);
  std::thread waiter([&] { other.acquire(); });
  ASSERT_TRUE(blocked(handle, 1));
  handle.release();
  waiter.join();
  handle.set({.value = 2, .max = 3, .order = Order::kPriority});
  EXPECT_EQ(errno_of([&] { handle.counters(); }), ENOENT);
  EXPECT_STATE(other, .value = 2, .max = 3, .order = Order::kPriority);
  handle.shutdown();
  handle.shutdown();
  EXPECT_TRUE(other.is_shutdown());
}

// As the files do: other handles would be all that could wake it.
TEST(Handle, OneThatBlocksByItHoldsTheName) {
  Fresh sem;
  Semaphore handle = handle_of(sem);
  std::thread waiter([&] { handle.acquire(); });
  ASSERT_TRUE(blocked(handle, 1));
  EXPECT_EQ(errno_of([&] { Semaphore::remove(sem.name()); }), EBUSY);
  handle.release();
  waiter.join();
}

TEST(Handle, SystemClockSetForwardMeansEarlier) {
  Fresh sem;
  Semaphore handle = handle_of(sem);
  bool got = true;
  const auto deadline = system_clock::now() + std::chrono::hours(1);
  std::thread waiter([&] { got = handle.try_acquire_until(deadline); });
  ASSERT_TRUE(blocked(handle, 1));
  timeval now;
  ASSERT_EQ(gettimeofday(&now, nullptr), 0);
  const timeval later = {now.tv_sec + 7200, now.tv_usec};
  ASSERT_EQ(settimeofday(&later, nullptr), 0);
  EXPECT_TRUE(blocked(handle, 0));
  waiter.join();
  ASSERT_EQ(settimeofday(&now, nullptr), 0);
  EXPECT_FALSE(got);
}

}  // namespace
}  // namespace ksem

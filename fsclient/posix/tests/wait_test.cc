// SPDX-License-Identifier: MIT
// sem_wait, sem_trywait, sem_timedwait, sem_post and sem_getvalue, by their
// pages in POSIX.1-2017, System Interfaces; sem_clockwait by that of the next
// edition.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

// A thread that calls a function, known to sleep in it.
class Sleeper {
 public:
  explicit Sleeper(const std::function<void()>& function)
      : thread_([this, function] {
          id_ = gettid();
          function();
        }) {
    EXPECT_TRUE(Eventually([this] { return id_ != 0 && Sleeps(id_); }));
  }
  ~Sleeper() { thread_.join(); }

 private:
  std::atomic<pid_t> id_ = 0;
  std::thread thread_;
};

// sem_wait, DESCRIPTION: it locks the semaphore, ...
TEST(Wait, TakesAUnit) {
  const Semaphore sem(2);
  EXPECT_EQ(sem_wait(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

// ... and if the value is zero, doesn't return until it has.
TEST(Wait, BlocksUntilThereIsOne) {
  const Semaphore sem(0);
  int result = -1;
  {
    const Sleeper sleeper([&] { result = sem_wait(sem); });
    EXPECT_EQ(sem_post(sem), 0);
  }
  EXPECT_EQ(result, 0);
  EXPECT_EQ(ValueOf(sem), 0);
}

// sem_trywait, DESCRIPTION and ERRORS, EAGAIN.
TEST(TryWait, TakesAUnitIfThereIsOne) {
  const Semaphore sem(1);
  EXPECT_EQ(sem_trywait(sem), 0);
  EXPECT_EQ(ErrnoOf(sem_trywait(sem)), EAGAIN);
  EXPECT_EQ(ValueOf(sem), 0);
}

// sem_timedwait, DESCRIPTION: as sem_wait() if it can be locked in time.
TEST(TimedWait, TakesAUnit) {
  const Semaphore sem(1);
  const timespec end = Never();
  EXPECT_EQ(sem_timedwait(sem, &end), 0);
  EXPECT_EQ(ValueOf(sem), 0);
}

TEST(TimedWait, TakesOneThatComesInTime) {
  const Semaphore sem(0);
  int result = -1;
  {
    const Sleeper sleeper([&] {
      const timespec end = Never();
      result = sem_timedwait(sem, &end);
    });
    EXPECT_EQ(sem_post(sem), 0);
  }
  EXPECT_EQ(result, 0);
}

// sem_timedwait, ERRORS, ETIMEDOUT: not before the time has come.
TEST(TimedWait, EndsAtTheTime) {
  const Semaphore sem(0);
  const timespec end = In(100);
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &end)), ETIMEDOUT);
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  EXPECT_TRUE(now.tv_sec > end.tv_sec ||
              (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec));
  EXPECT_EQ(ValueOf(sem), 0);
}

// sem_timedwait, DESCRIPTION: the time may be over already, ...
TEST(TimedWait, KnowsThePast) {
  const Semaphore sem(0);
  const timespec past = {1, 0}, before_the_clock = {-1, 0};
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &past)), ETIMEDOUT);
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &before_the_clock)), ETIMEDOUT);
}

// ... but doesn't matter if it can be locked at once.
TEST(TimedWait, NeedsNoTimeForAUnitThatIsThere) {
  const Semaphore sem(1);
  const timespec past = {1, 0};
  EXPECT_EQ(sem_timedwait(sem, &past), 0);
}

// sem_timedwait, ERRORS, EINVAL: it would block, and the nanoseconds are not of
// a second.
TEST(TimedWait, RefusesBadNanoseconds) {
  const Semaphore sem(0);
  const timespec many = {1, 1'000'000'000}, negative = {1, -1};
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &many)), EINVAL);
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &negative)), EINVAL);
}

// The largest time is a time, too.
TEST(TimedWait, LastsAsLongAsTheClock) {
  const Semaphore sem(0);
  int result = -1;
  {
    const Sleeper sleeper([&] {
      const timespec end = {std::numeric_limits<time_t>::max(), 999'999'999};
      result = sem_timedwait(sem, &end);
    });
    EXPECT_EQ(sem_post(sem), 0);
  }
  EXPECT_EQ(result, 0);
}

// sem_clockwait, DESCRIPTION: by the clock that is given.
TEST(ClockWait, GoesByEitherClock) {
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    const Semaphore sem(1);
    const timespec never = Never(clock), soon = In(20, clock);
    EXPECT_EQ(sem_clockwait(sem, clock, &never), 0);
    EXPECT_EQ(ErrnoOf(sem_clockwait(sem, clock, &soon)), ETIMEDOUT);
    timespec now;
    clock_gettime(clock, &now);
    EXPECT_TRUE(now.tv_sec > soon.tv_sec ||
                (now.tv_sec == soon.tv_sec && now.tv_nsec >= soon.tv_nsec));
  }
}

// sem_clockwait, ERRORS, EINVAL.
TEST(ClockWait, RefusesOtherClocks) {
  const Semaphore sem(0);
  const timespec end = In(0);
  EXPECT_EQ(ErrnoOf(sem_clockwait(sem, CLOCK_PROCESS_CPUTIME_ID, &end)),
            EINVAL);
}

// sem_post, DESCRIPTION: without anybody blocked, the value goes up.
TEST(Post, RaisesTheValue) {
  const Semaphore sem(0);
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 2);
}

// sem_post, DESCRIPTION: if the value stays zero, one that is blocked may go.
TEST(Post, LetsOneGo) {
  const Semaphore sem(0);
  std::atomic<int> gone = 0;
  {
    const auto wait = [&] {
      EXPECT_EQ(sem_wait(sem), 0);
      ++gone;
    };
    const Sleeper first(wait), second(wait);
    EXPECT_EQ(sem_post(sem), 0);
    EXPECT_TRUE(Eventually([&] { return gone == 1; }));
    EXPECT_EQ(ValueOf(sem), 0);
    EXPECT_EQ(sem_post(sem), 0);
  }
  EXPECT_EQ(gone, 2);
}

// sem_post, DESCRIPTION, Process Scheduling: of those that wait under
// SCHED_FIFO the one of the highest priority is unblocked; among equals, the
// first.
TEST(Post, GoesToTheHighestPriority) {
  const Semaphore sem(0);
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::unique_ptr<Sleeper>> sleepers;
  const std::vector<int> priorities = {2, 3, 1, 3};
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    sleepers.push_back(std::make_unique<Sleeper>([&, i] {
      const sched_param parameter = {.sched_priority = priorities[i]};
      ASSERT_EQ(pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter),
                0);
      ASSERT_EQ(sem_wait(sem), 0);
      const std::lock_guard locked(mutex);
      order.push_back(static_cast<int>(i));
    }));
  }
  for (std::size_t served = 1; served <= priorities.size(); ++served) {
    EXPECT_EQ(sem_post(sem), 0);
    EXPECT_TRUE(Eventually([&] {
      const std::lock_guard locked(mutex);
      return order.size() == served;
    }));
  }
  sleepers.clear();
  EXPECT_EQ(order, std::vector<int>({1, 3, 0, 2}));
}

// sem_post, ERRORS, EOVERFLOW (of the next edition).
TEST(Post, StopsAtTheMaximum) {
  const Semaphore sem(SEM_VALUE_MAX);
  EXPECT_EQ(ErrnoOf(sem_post(sem)), EOVERFLOW);
  EXPECT_EQ(ValueOf(sem), SEM_VALUE_MAX);
}

// sem_getvalue, DESCRIPTION: while somebody is blocked, zero or less.
TEST(GetValue, IsNotAboveZeroWithWaiters) {
  const Semaphore sem(0);
  const Sleeper sleeper([&] { sem_wait(sem); });
  EXPECT_LE(ValueOf(sem), 0);
  EXPECT_EQ(sem_post(sem), 0);
}

// As a lock, it lets one thread in at a time.
TEST(Threads, ExcludeEachOther) {
  constexpr int kThreads = 4, kRounds = 5000;
  const Semaphore lock(1);
  int count = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          ASSERT_EQ(sem_wait(lock), 0);
          ++count;
          ASSERT_EQ(sem_post(lock), 0);
        }
      });
    }
  }
  EXPECT_EQ(count, kThreads * kRounds);
  EXPECT_EQ(ValueOf(lock), 1);
}

// Units that are posted are taken once each, by all ways to take them.
TEST(Threads, LoseNoUnits) {
  constexpr int kPosters = 3, kRounds = 3000;
  const Semaphore sem(0);
  std::atomic<int> taken = 0;
  std::atomic<bool> posted_all = false;
  {
    std::vector<std::jthread> takers, posters;
    const auto take = [&](const std::function<int()>& wait) {
      while (true) {
        if (wait() == 0) {
          ++taken;
        } else if (posted_all) {
          return;
        }
      }
    };
    takers.emplace_back([&] { take([&] { return sem_trywait(sem); }); });
    for (int i = 0; i < 2; ++i) {
      takers.emplace_back([&] {
        take([&] {
          const timespec end = In(1);
          return sem_timedwait(sem, &end);
        });
      });
    }
    for (int i = 0; i < kPosters; ++i) {
      posters.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          ASSERT_EQ(sem_post(sem), 0);
        }
      });
    }
    posters.clear();
    posted_all = true;
  }
  EXPECT_EQ(taken + ValueOf(sem), kPosters * kRounds);
}

}  // namespace
}  // namespace posix_test

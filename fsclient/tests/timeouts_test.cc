// SPDX-License-Identifier: MIT
// Timed waits: they never end early, whatever kind of time is given.
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using std::chrono::time_point;

using Years = duration<std::int64_t, std::ratio<31556952>>;
using Picoseconds = duration<std::int64_t, std::pico>;
using Frames = duration<int, std::ratio<1, 60>>;
using FloatHours = duration<float, std::ratio<3600>>;

static_assert(internal::to_nanoseconds(5ms) == 5'000'000ns);
static_assert(internal::to_nanoseconds(-5ms) == -5'000'000ns);
static_assert(internal::to_nanoseconds(Picoseconds(1)) == 1ns);
static_assert(internal::to_nanoseconds(Picoseconds(2001)) == 3ns);
static_assert(internal::to_nanoseconds(FloatHours(0.5f)) == 30min);
static_assert(internal::to_nanoseconds(Years::max()) == nanoseconds::max());
static_assert(internal::to_nanoseconds(Years::min()) == nanoseconds::min());
static_assert(internal::to_nanoseconds(nanoseconds::max()) ==
              nanoseconds::max());
static_assert(internal::to_nanoseconds(nanoseconds::min()) ==
              nanoseconds::min());
// What a double would round down.
static_assert(internal::to_nanoseconds(nanoseconds((1LL << 53) + 1)) ==
              nanoseconds((1LL << 53) + 1));
static_assert(internal::to_nanoseconds(nanoseconds::max() - 1ns) ==
              nanoseconds::max() - 1ns);
static_assert(internal::to_nanoseconds(Picoseconds((1LL << 53) * 1000 + 1)) ==
              nanoseconds((1LL << 53) + 1));
static_assert(internal::to_nanoseconds(Picoseconds(-2001)) == -2ns);
static_assert(internal::to_nanoseconds(Frames(1)) == 16666667ns);
static_assert(internal::to_nanoseconds(Frames(-1)) == -16666666ns);
static_assert(internal::to_nanoseconds(Frames(60)) == 1s);
static_assert(internal::to_nanoseconds(duration<std::uint64_t, std::nano>(
                  std::numeric_limits<std::uint64_t>::max())) ==
              nanoseconds::max());
static_assert(internal::to_nanoseconds(duration<std::uint64_t, std::pico>(
                  std::numeric_limits<std::uint64_t>::max())) ==
              nanoseconds(18446744073709552));
static_assert(internal::to_nanoseconds(Years(292)) == Years(292));
static_assert(internal::to_nanoseconds(Years(293)) == nanoseconds::max());
static_assert(internal::to_nanoseconds(duration<unsigned char>(255)) == 255s);
static_assert(internal::to_nanoseconds(
                  duration<double>(std::numeric_limits<double>::infinity())) ==
              nanoseconds::max());

// A clock that starts long before its epoch.
struct EarlyClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = nanoseconds;
  using time_point = std::chrono::time_point<EarlyClock>;
  static constexpr bool is_steady = true;
  static time_point now() {
    return time_point(steady_clock::now().time_since_epoch() - Years(200));
  }
};

template <class Clock, class Duration>
void expect_timeout_at(const time_point<Clock, Duration>& deadline) {
  Fresh sem;
  EXPECT_FALSE(sem->try_acquire_until(deadline));
  EXPECT_GE(Clock::now(), deadline);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Timeouts, NotBeforeTheDeadline) {
  expect_timeout_at(steady_clock::now() + 20ms);
  expect_timeout_at(system_clock::now() + 20ms);
  expect_timeout_at(EarlyClock::now() + 20ms);
  expect_timeout_at(
      std::chrono::ceil<std::chrono::seconds>(system_clock::now()));
}

template <class Duration>
void expect_timeout_after(const Duration& timeout) {
  Fresh sem;
  const auto begin = steady_clock::now();
  EXPECT_FALSE(sem->try_acquire_for(timeout));
  EXPECT_GE(steady_clock::now() - begin, timeout);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Timeouts, NotBeforeTheTimeIsOver) {
  expect_timeout_after(20ms);
  expect_timeout_after(1ns);
  expect_timeout_after(Picoseconds(1500));
  expect_timeout_after(FloatHours(0.00001f));
  expect_timeout_after(duration<double>(0.02));
}

// To be seen to hang if it waits.
TEST(Timeouts, NoTimeIsATry) {
  Fresh sem({.value = 2});
  for (const nanoseconds timeout :
       {nanoseconds(0), nanoseconds(-1), nanoseconds::min()}) {
    sem->set_value(1);
    EXPECT_TRUE(sem->try_acquire_for(timeout));
    EXPECT_FALSE(sem->try_acquire_for(timeout));
    EXPECT_STATE(*sem, .value = 0);
  }
  EXPECT_FALSE(sem->try_acquire_for(Years::min()));
  EXPECT_FALSE(sem->try_acquire_for(duration<double>(std::nan(""))));
  EXPECT_FALSE(sem->try_acquire_until(steady_clock::time_point::min()));
  EXPECT_FALSE(sem->try_acquire_until(system_clock::time_point::min()));
  EXPECT_FALSE(sem->try_acquire_until(time_point<steady_clock, Years>::min()));
  EXPECT_FALSE(sem->try_acquire_until(steady_clock::now() - 1h));
  sem->release();
  EXPECT_TRUE(sem->try_acquire_until(system_clock::now() - 1h));
  EXPECT_STATE(*sem, .value = 0);
}

// Returns once it is blocked and has got a unit.
template <class Wait>
void expect_blocks(const Wait& wait) {
  Fresh sem;
  bool got = false;
  std::thread waiter([&] { got = wait(*sem); });
  EXPECT_TRUE(blocked(*sem, 1));
  sem->release();
  waiter.join();
  EXPECT_TRUE(got);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Timeouts, ForEverIsLong) {
  expect_blocks([](Semaphore& s) { return s.try_acquire_for(1h); });
  expect_blocks(
      [](Semaphore& s) { return s.try_acquire_for(nanoseconds::max()); });
  expect_blocks([](Semaphore& s) { return s.try_acquire_for(Years::max()); });
  expect_blocks([](Semaphore& s) {
    return s.try_acquire_for(
        duration<double>(std::numeric_limits<double>::infinity()));
  });
  expect_blocks([](Semaphore& s) {
    return s.try_acquire_until(steady_clock::time_point::max());
  });
  expect_blocks([](Semaphore& s) {
    return s.try_acquire_until(system_clock::time_point::max());
  });
  expect_blocks([](Semaphore& s) {
    return s.try_acquire_until(time_point<system_clock, Years>::max());
  });
  expect_blocks([](Semaphore& s) {
    return s.try_acquire_until(EarlyClock::time_point::max());
  });
}

void move_system_clock(int seconds) {
  timeval now;
  ASSERT_EQ(gettimeofday(&now, nullptr), 0);
  now.tv_sec += seconds;
  ASSERT_EQ(settimeofday(&now, nullptr), 0);
}

// Returns whether the clock was set back before the deadline.
bool wait_and_set_clock_back(std::chrono::seconds time) {
  Fresh sem;
  bool got = false;
  std::atomic<bool> ended = false;
  const auto begin = steady_clock::now();
  const auto deadline = system_clock::now() + time;
  const auto after_it = steady_clock::now() + time + 100ms;
  std::thread waiter([&] {
    got = sem->try_acquire_until(deadline);
    ended = true;
  });
  EXPECT_TRUE(eventually([&] { return sem->waiters() == 1 || ended; }));
  move_system_clock(-1000);
  const bool in_time = steady_clock::now() < begin + time;
  if (in_time) {
    std::this_thread::sleep_until(after_it);
    EXPECT_TRUE(blocked(*sem, 1));
  }
  sem->release();
  waiter.join();
  move_system_clock(1000);
  EXPECT_TRUE(got || !in_time);
  EXPECT_STATE(*sem, .value = got ? 0 : 1);
  return in_time;
}

TEST(Timeouts, SystemClockSetBackMeansLonger) {
  // A busy machine needs more time.
  for (auto time = 2s; !wait_and_set_clock_back(time); time *= 2) {
    ASSERT_FALSE(HasFailure());
  }
}

// Each deadline passes about when the unit comes.
TEST(Timeouts, RaceWithReleaseLosesNothing) {
  Fresh sem;
  int got = 0;
  constexpr int kRounds = 100;
  for (int i = 0; i < kRounds; i++) {
    std::thread poster([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(i % 50 * 20));
      sem->release();
    });
    got += sem->try_acquire_for(500us);
    poster.join();
    EXPECT_STATE(*sem, .value = i + 1 - got);
  }
  EXPECT_STATE(*sem, .value = kRounds - got);
}

}  // namespace
}  // namespace ksem

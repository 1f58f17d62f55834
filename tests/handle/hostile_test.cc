// SPDX-License-Identifier: MIT
// A process that writes nonsense into the page as fast as it can. It may spoil
// this one semaphore's units; nothing else.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/modes.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

using std::chrono::steady_clock;

// Random words, and those that are most likely to be taken at their word.
Errno Scribble(const Page& page) {
  const uint64_t ceiling = page.word() >> 32 << 32;
  const uint64_t nasty[] = {0,
                            ~UINT64_C(0),
                            ceiling,
                            ceiling | KSEM_WORD_CONTENDED,
                            ceiling | KSEM_VALUE_MAX,
                            ceiling | 1,
                            uint64_t{KSEM_VALUE_MAX} << 32,
                            uint64_t{KSEM_VALUE_MAX} << 32 | KSEM_VALUE_MAX,
                            UINT64_C(1) << 63 | ceiling | 1};
  std::mt19937_64 random(getpid());
  std::atomic_ref word(page.get()->word);
  for (;;) {
    const uint64_t next = random();
    word.store(next % 2 ? random() : nasty[next / 2 % std::size(nasty)],
               std::memory_order_relaxed);
  }
}

// What may come of an operation under these circumstances.
Errno Expected(Errno error) {
  return error == EAGAIN || error == ETIMEDOUT || error == EOVERFLOW ? 0
                                                                     : error;
}

// Uses the semaphore in every way, until killed.
Errno Use(const Semaphore& sem, int seed) {
  Handle handle(sem);
  const ksem_ioc_multi soon = {
      .flags = KSEM_WAIT_TIMEOUT, .timeout = 300'000, .clock = CLOCK_MONOTONIC};
  std::mt19937 random(seed);
  for (;;) {
    const unsigned units = 1 + random() % 3;
    Errno error = 0;
    switch (random() % 6) {
      case 0:
        error = handle.Wait({.units = units,
                             .flags = KSEM_WAIT_TIMEOUT | KSEM_WAIT_UNDO,
                             .timeout = 300'000,
                             .clock = CLOCK_MONOTONIC});
        break;
      case 1:
        error = handle.Post({.units = units});
        break;
      case 2:
        error = sem.TimedWait("300us " + std::to_string(units));
        break;
      case 3:
        error = sem.Post(std::to_string(units));
        break;
      case 4:
        error = Any({Take(handle, units)}, soon);
        break;
      case 5:
        error = All({Take(handle, units), Give(handle)}, soon);
        break;
    }
    if (Expected(error)) return error;
  }
}

class Hostile : public BothModes {
 protected:
  Hostile() {
    for (int i = 0; i < 2; i++) {
      scribblers_.emplace_back([this] { return Scribble(page_); });
    }
  }

  void EndScribblers() {
    sem_.Set("fair", "1");
    for (Process& scribbler : scribblers_) {
      EXPECT_FALSE(scribbler.ended());
      scribbler.Signal(SIGKILL);
      EXPECT_EQ(scribbler.Join(), End{.signal = SIGKILL});
    }
  }

  static constexpr unsigned kCeiling = 5;
  const Semaphore sem_{State{.value = 2, .max = kCeiling}};
  const Handle handle_{sem_};
  const Page page_{handle_};
  std::vector<Process> scribblers_;
};

IN_BOTH_MODES(Hostile);

TEST_P(Hostile, OthersGoOnAndTheValueIsBelowTheCeiling) {
  std::vector<Process> users;
  for (int i = 0; i < 4; i++) {
    users.emplace_back([&, i] { return Use(sem_, i); });
  }
  const auto end = steady_clock::now() + std::chrono::seconds(5);
  for (int round = 0; steady_clock::now() < end; round++) {
    EXPECT_LE(handle_.Info().value, kCeiling);
    EXPECT_LE(sem_.state().value, kCeiling);
    if (!GetParam()) {
      EXPECT_EQ(sem_.Set("fair", round % 3 ? "0" : "1"), 0);
    }
    // One of them is killed wherever it is, and another comes.
    Process& user = users[round % users.size()];
    EXPECT_FALSE(user.ended()) << user.Join();
    user.Signal(SIGKILL);
    EXPECT_EQ(user.Join(), End{.signal = SIGKILL});
    user.~Process();
    new (&user) Process([&, round] { return Use(sem_, round); });
  }
  for (Process& user : users) {
    EXPECT_FALSE(user.ended()) << user.Join();
    user.Signal(SIGKILL);
    EXPECT_EQ(user.Join(), End{.signal = SIGKILL});
  }
  EndScribblers();
  // It is as good as ever.
  EXPECT_EQ(sem_.Set("value", "3"), 0);
  handle_.Expect({.value = 3, .max = kCeiling});
  EXPECT_TRUE(page_.TakeFast());
  EXPECT_TRUE(page_.GiveFast());
  handle_.Expect({.value = 3, .max = kCeiling});
}

// They may well be served by what is scribbled, but never hang.
TEST_P(Hostile, WaitersCanBeInterruptedAndTimeOut) {
  const std::function<Errno()> waits[] = {
      [&] { return handle_.Wait({.units = kCeiling}); },
      [&] { return Any({Take(handle_, kCeiling)}); },
      [&] {
        return All({Take(handle_, kCeiling), Take(handle_)});
      },
      [&] { return sem_.Wait("5"); },
  };
  for (const auto& wait : waits) {
    for (int signal : {SIGUSR1, SIGKILL}) {
      Process waiter([&] {
        HandleSignal(SIGUSR1);
        return wait();
      });
      EXPECT_TRUE(Eventually([&] {
        if (!waiter.ended()) kill(waiter.pid(), signal);
        return waiter.ended();
      }));
    }
  }
  EXPECT_EQ(Expected(handle_.Wait({.units = kCeiling,
                                   .flags = KSEM_WAIT_TIMEOUT,
                                   .timeout = 1'000'000,
                                   .clock = CLOCK_MONOTONIC})),
            0);
  EndScribblers();
}

TEST_P(Hostile, TheKernelsUsersGoOn) {
  LoadKernelUser();
  KernelUser user(sem_.name());
  for (int i = 0; i < 500; i++) {
    EXPECT_LE(user.Get("value"), static_cast<int>(kCeiling));
    EXPECT_EQ(Expected(user.Call("trywait")), 0);
    EXPECT_EQ(Expected(user.Call("post")), 0);
    EXPECT_EQ(Expected(user.Call("timedwait_0")), 0);
  }
  EXPECT_EQ(user.Call("irq_post", 100), 0);
  EXPECT_TRUE(Eventually([&] { return user.Get("irq_left") == 0; }));
  EndScribblers();
  sem_.Set("value", "1");
  handle_.Expect({.value = 1, .max = kCeiling});
}

TEST_P(Hostile, ShutdownIsForEver) {
  Process waiter = StartWaiter(sem_, [&] {
    return All({Zero(handle_), Take(handle_)});
  });
  EXPECT_EQ(sem_.Shutdown(), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  const unsigned value = handle_.Info().value;
  for (int i = 0; i < 200; i++) {
    EXPECT_EQ(handle_.Wait(), EIDRM);
    EXPECT_EQ(handle_.Post(), EIDRM);
    EXPECT_EQ(handle_.Info().value, value);
  }
  EndScribblers();
}

TEST_P(Hostile, RmdirWorks) {
  EXPECT_EQ(sem_.Remove(), 0);
  EXPECT_LE(handle_.Info().value, kCeiling);
  EXPECT_EQ(MakeDir(sem_.path()), 0);
  Handle handle(sem_);
  EXPECT_EQ(handle.Post(), 0);
  handle.Expect({.value = 1});
  EndScribblers();
}

// What the kernel shows is the truth as far as there is one: a word above the
// ceiling counts as the ceiling.
TEST(Nonsense, IsClamped) {
  Semaphore sem({.value = 1, .max = 5});
  Handle handle(sem);
  Page page(handle);
  const uint64_t ceiling = UINT64_C(5) << 32;
  page.get()->word = ceiling | 6;
  handle.Expect({.value = 5, .max = 5});
  page.get()->word = ceiling | KSEM_VALUE_MAX;
  EXPECT_EQ(handle.Post(), EOVERFLOW);
  handle.Expect({.value = 5, .max = 5});
  page.get()->word = uint64_t{kMax} << 32 | 4;  // another ceiling
  EXPECT_EQ(handle.Post({.units = 2}), EOVERFLOW);
  EXPECT_EQ(handle.Post(), 0);
  handle.Expect({.value = 5, .max = 5});
  EXPECT_EQ(KSEM_WORD_CEILING(page.word()), 5u);
  page.get()->word = ceiling | KSEM_WORD_CONTENDED | 3;  // for no reason
  EXPECT_EQ(handle.Wait(), 0);
  EXPECT_FALSE(page.contended());
  handle.Expect({.value = 2, .max = 5});
  page.get()->word = UINT64_C(1) << 63 | ceiling | 4;
  EXPECT_EQ(handle.Wait({.units = 4}), 0);
  EXPECT_EQ(handle.Post(), 0);
  handle.Expect({.value = 1, .max = 5});
  EXPECT_EQ(page.word(), ceiling | 1);
}

// Nobody is served by it until the kernel has the lock, and then as by a post.
TEST(Nonsense, ServesWaitersWhenTheKernelLooks) {
  Semaphore sem({.max = 5});
  Handle handle(sem);
  Page page(handle);
  Process waiter = StartWaiter(sem, [&] { return handle.Wait({.units = 2}); });
  page.get()->word = UINT64_C(5) << 32 | 4;
  EXPECT_EQ(sem.Set("max", "6"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  handle.Expect({.value = 2, .max = 6});
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// /sys/class/ksem/NAME/: what is counted there, and how it is polled.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <ostream>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

struct Counters {
  uint64_t acquired = 0;
  uint64_t posted = 0;
  uint64_t contended = 0;
  uint64_t timeouts = 0;
  uint64_t interrupted = 0;
  bool waited = false;  // wait_ns_total and wait_ns_max are above 0

  friend bool operator==(const Counters&, const Counters&) = default;
  friend std::ostream& operator<<(std::ostream& os, const Counters& c) {
    return os << "acquired " << c.acquired << ", posted " << c.posted
              << ", contended " << c.contended << ", timeouts " << c.timeouts
              << ", interrupted " << c.interrupted << ", waited " << c.waited;
  }
};

uint64_t Number(const Semaphore& sem, const std::string& file) {
  const std::string text = ReadOrFail(ClassPath(sem.name(), file));
  EXPECT_TRUE(text.ends_with('\n')) << text;
  return std::strtoull(text.c_str(), nullptr, 10);
}

Counters Count(const Semaphore& sem) {
  const uint64_t total = Number(sem, "wait_ns_total");
  const uint64_t max = Number(sem, "wait_ns_max");
  EXPECT_LE(max, total);
  EXPECT_EQ(max > 0, total > 0);
  return {.acquired = Number(sem, "acquired"),
          .posted = Number(sem, "posted"),
          .contended = Number(sem, "contended"),
          .timeouts = Number(sem, "timeouts"),
          .interrupted = Number(sem, "interrupted"),
          .waited = max > 0};
}

TEST(Sysfs, ShowsWhatConfigfsShows) {
  Semaphore sem({.value = 2, .max = 7});
  Handle handle(sem);
  Process waiter = StartWaiter(sem, {.text = "3"});
  EXPECT_EQ(Number(sem, "value"), 2u);
  EXPECT_EQ(Number(sem, "max"), 7u);
  EXPECT_EQ(Number(sem, "waiters"), 1u);
  handle.Expect({.value = 2, .max = 7, .waiters = 1});
}

TEST(Sysfs, IsReadOnlyForEverybody) {
  Semaphore sem;
  for (const char* file :
       {"value", "max", "waiters", "acquired", "posted", "contended",
        "timeouts", "interrupted", "wait_ns_total", "wait_ns_max"}) {
    struct stat status;
    EXPECT_EQ(stat(ClassPath(sem.name(), file).c_str(), &status), 0) << file;
    EXPECT_EQ(status.st_mode & 07777, 0444u) << file;
    EXPECT_TRUE(WriteFile(ClassPath(sem.name(), file), "1")) << file;
  }
  sem.Expect({});
}

TEST(Counters, CountUnitsThroughEveryDoor) {
  LoadKernelUser();
  Semaphore sem;
  Handle handle(sem);
  KernelUser user(sem.name());
  EXPECT_EQ(Count(sem), Counters{});
  EXPECT_EQ(sem.Post("10"), 0);
  EXPECT_EQ(handle.Write("10"), 0);
  EXPECT_EQ(handle.Post({.units = 10}), 0);
  EXPECT_EQ(user.Call("post", 10), 0);
  EXPECT_EQ(All({Give(handle, 10)}), 0);
  EXPECT_EQ(Count(sem), (Counters{.posted = 50}));
  std::string text;
  EXPECT_EQ(sem.TryWait("2"), 0);
  EXPECT_EQ(sem.Wait("2"), 0);
  EXPECT_EQ(handle.Read(&text), 0);
  EXPECT_EQ(handle.Wait({.units = 4}), 0);
  EXPECT_EQ(user.Call("trywait", 1), 0);
  EXPECT_EQ(Any({Take(handle, 5)}), 0);
  EXPECT_EQ(Count(sem), (Counters{.acquired = 15, .posted = 50}));
  handle.Expect({.value = 35});
}

// An attempt that fails counts nowhere; nor does who needn't wait as waiting.
TEST(Counters, AllAtOnce) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  EXPECT_EQ(All({Take(handle, 4)}, {.flags = KSEM_WAIT_NOWAIT}), EAGAIN);
  EXPECT_EQ(All({Take(handle), Take(handle, 2)}), 0);
  EXPECT_EQ(Count(sem), Counters{.acquired = 3});
  handle.Expect({});
}

TEST(Counters, FailuresTakeAndGiveNothing) {
  Semaphore sem({.max = 1});
  Handle handle(sem);
  EXPECT_EQ(sem.TryWait(), EAGAIN);
  EXPECT_EQ(handle.Post({.units = 2}), EOVERFLOW);
  EXPECT_EQ(handle.Wait({.units = 2}), ERANGE);
  EXPECT_EQ(handle.Wait({.units = 1, .flags = KSEM_WAIT_NOWAIT}), EAGAIN);
  EXPECT_EQ(Any({Take(handle)}, {.flags = KSEM_WAIT_NOWAIT}), EAGAIN);
  EXPECT_EQ(Count(sem), Counters{});
}

TEST(Counters, AWaitThatEndsWell) {
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&] { return handle.Wait(); });
  EXPECT_EQ(Count(sem), (Counters{.contended = 1}));
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(
      Count(sem),
      (Counters{.acquired = 1, .posted = 1, .contended = 1, .waited = true}));
}

TEST(Counters, ATimeout) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(handle.Wait({.units = 1,
                         .flags = KSEM_WAIT_TIMEOUT,
                         .timeout = 1000,
                         .clock = CLOCK_MONOTONIC}),
            ETIMEDOUT);
  EXPECT_EQ(Count(sem),
            (Counters{.contended = 1, .timeouts = 1, .waited = true}));
}

TEST(Counters, AnInterruption) {
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&] { return handle.Wait(); });
  waiter.Signal(SIGKILL);
  EXPECT_EQ(waiter.Join(), End{.signal = SIGKILL});
  EXPECT_EQ(Count(sem),
            (Counters{.contended = 1, .interrupted = 1, .waited = true}));
}

TEST(Counters, WhatComesBackIsPosted) {
  Semaphore sem({.value = 3});
  {
    Handle handle(sem);
    EXPECT_EQ(handle.Wait({.units = 2, .flags = KSEM_WAIT_UNDO}), 0);
  }
  EXPECT_EQ(Count(sem), (Counters{.acquired = 2, .posted = 2}));
  sem.Expect({.value = 3});
}

// As the documentation says: the kernel doesn't hear of it.
TEST(Counters, ThePageDoesNotCount) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  EXPECT_TRUE(page.GiveFast(5));
  EXPECT_TRUE(page.TakeFast(2));
  EXPECT_EQ(Count(sem), Counters{});
  handle.Expect({.value = 3});
}

TEST(SysfsPoll, AChangeOfTheValue) {
  Semaphore sem;
  Watched value(sem, "value");
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(value.Read(), std::to_string(i) + "\n");
    EXPECT_FALSE(value.Changes(0));
    EXPECT_EQ(sem.Post(), 0);
    EXPECT_TRUE(value.Changes());
  }
  sem.Expect({.value = 3});
}

TEST(SysfsPoll, WakesWhoSleeps) {
  Semaphore sem;
  Process watcher([&]() -> Errno {
    Watched value(sem, "value");
    if (value.Read() != "0\n") return EPROTO;
    return value.Changes() && value.Read() == "1\n" ? 0 : ETIMEDOUT;
  });
  EXPECT_TRUE(Eventually([&] { return watcher.asleep(); }));
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(watcher.Result(), 0);
}

TEST(SysfsPoll, AChangeOfTheWaiters) {
  Semaphore sem;
  Watched waiters(sem, "waiters");
  EXPECT_EQ(waiters.Read(), "0\n");
  Process waiter = StartWaiter(sem);
  EXPECT_TRUE(waiters.Changes());
  EXPECT_EQ(waiters.Read(), "1\n");
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_TRUE(waiters.Changes());
  EXPECT_EQ(waiters.Read(), "0\n");
}

TEST(SysfsPoll, AWaitForAllIsAWaiter) {
  Semaphore sem;
  Handle handle(sem);
  Watched waiters(sem, "waiters");
  EXPECT_EQ(waiters.Read(), "0\n");
  Process waiter = StartWaiter(sem, [&] { return All({Take(handle)}); });
  EXPECT_TRUE(waiters.Changes());
  EXPECT_EQ(waiters.Read(), "1\n");
}

TEST(SysfsPoll, AMappedWordTells) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  Watched value(sem, "value");
  EXPECT_EQ(value.Read(), "0\n");
  EXPECT_FALSE(page.GiveFast());
  EXPECT_EQ(page.Post(), 0);
  EXPECT_TRUE(value.Changes());
  EXPECT_EQ(value.Read(), "1\n");
}

TEST(SysfsPoll, OneReadCostsOneOperation) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Page page(handle);
  Watched value(sem, "value");
  EXPECT_EQ(value.Read(), "1\n");
  EXPECT_TRUE(page.contended());
  EXPECT_EQ(page.Wait(), 0);
  EXPECT_TRUE(Eventually([&] { return !page.contended(); }));
  EXPECT_TRUE(page.GiveFast());
  EXPECT_TRUE(value.Changes(0));
  EXPECT_EQ(value.Read(), "1\n");
}

TEST(SysfsPoll, Shutdown) {
  Semaphore sem;
  Watched waiters(sem, "waiters");
  EXPECT_EQ(waiters.Read(), "0\n");
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_TRUE(waiters.Changes());
}

}  // namespace
}  // namespace ksem_test

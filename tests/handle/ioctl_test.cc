// SPDX-License-Identifier: MIT
// The requests: sizes, flags, and what they refuse.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <ostream>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

// A structure of now and what one of later could be like.
template <typename T>
struct Grown {
  T now;
  char later[40];
};

// Makes a request with the structure in so many bytes, the rest of which is 0
// but for the last one.
template <typename T>
Errno RequestOfSize(const Handle& handle, unsigned long command, const T& now,
                    size_t size, char last = 0) {
  Grown<T> grown = {.now = now};
  if (last) reinterpret_cast<char*>(&grown)[size - 1] = last;
  return handle.Request(WithSize(command, size), &grown);
}

// Of the first version.

TEST(Size, AShorterOneWasNeverThere) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  const ksem_ioc_wait wait = {.units = 1};
  const ksem_ioc_post post = {.units = 1};
  for (size_t size = 0; size < sizeof(wait); size++) {
    EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_WAIT, wait, size), EINVAL) << size;
  }
  for (size_t size = 0; size < sizeof(post); size++) {
    EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_POST, post, size), EINVAL) << size;
  }
  for (size_t size = 0; size < sizeof(ksem_ioc_info); size++) {
    EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_INFO, ksem_ioc_info{}, size),
              EINVAL)
        << size;
  }
  ksem_ioc_op op = Take(handle);
  const ksem_ioc_multi multi = {
      .ops = reinterpret_cast<uintptr_t>(&op), .nr = 1, .op_size = sizeof(op)};
  for (size_t size = 0; size < sizeof(multi); size++) {
    EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_ANY, multi, size), EINVAL) << size;
    EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_ALL, multi, size), EINVAL) << size;
  }
  handle.Expect({.value = 1});
}

TEST(Size, ALongerOneMustEndInZeros) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  const ksem_ioc_wait wait = {.units = 1};
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_WAIT, wait, sizeof(wait) + 1, 1),
            E2BIG);
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_WAIT, wait, sizeof(wait) + 40, 1),
            E2BIG);
  handle.Expect({.value = 3});
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_WAIT, wait, sizeof(wait) + 40), 0);
  handle.Expect({.value = 2});

  const ksem_ioc_post post = {.units = 1};
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_POST, post, sizeof(post) + 8, 1),
            E2BIG);
  handle.Expect({.value = 2});
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_POST, post, sizeof(post) + 8), 0);
  handle.Expect({.value = 3});

  ksem_ioc_op op = Take(handle);
  const ksem_ioc_multi multi = {
      .ops = reinterpret_cast<uintptr_t>(&op), .nr = 1, .op_size = sizeof(op)};
  for (unsigned long command : {KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    EXPECT_EQ(RequestOfSize(handle, command, multi, sizeof(multi) + 8, 1),
              E2BIG);
  }
  handle.Expect({.value = 3});
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_ANY, multi, sizeof(multi) + 8), 0);
  EXPECT_EQ(RequestOfSize(handle, KSEM_IOC_ALL, multi, sizeof(multi) + 8), 0);
  handle.Expect({.value = 1});
}

TEST(Size, ALongerInfoIsFilledWithZeros) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  Grown<ksem_ioc_info> grown;
  memset(&grown, 0xff, sizeof(grown));
  EXPECT_EQ(handle.Request(WithSize(KSEM_IOC_INFO, sizeof(grown)), &grown), 0);
  EXPECT_EQ(grown.now.value, 3u);
  for (char byte : grown.later) EXPECT_EQ(byte, 0);
}

TEST(Request, UnknownOnes) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  char nothing[64] = {};
  EXPECT_EQ(handle.Request(_IOWR(KSEM_IOC_TYPE, 7, ksem_ioc_wait), nothing),
            ENOTTY);
  EXPECT_EQ(handle.Request(_IOR(KSEM_IOC_TYPE, 0, ksem_ioc_wait), nothing),
            ENOTTY);
  EXPECT_EQ(handle.Request(_IOWR(KSEM_IOC_TYPE + 1, 0, ksem_ioc_wait), nothing),
            ENOTTY);
  EXPECT_EQ(handle.Request(TCGETS, nothing), ENOTTY);
  handle.Expect({.value = 1});
}

TEST(Request, BadAddresses) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  for (unsigned long command : {KSEM_IOC_WAIT, KSEM_IOC_POST, KSEM_IOC_INFO,
                                KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    EXPECT_EQ(handle.Request(command, nullptr), EFAULT);
  }
  ksem_ioc_multi multi = {.ops = 8, .nr = 1, .op_size = sizeof(ksem_ioc_op)};
  EXPECT_EQ(handle.Request(KSEM_IOC_ANY, &multi), EFAULT);
  EXPECT_EQ(handle.Request(KSEM_IOC_ALL, &multi), EFAULT);
  handle.Expect({.value = 1});
}

TEST(Wait, Refuses) {
  struct Bad {
    ksem_ioc_wait request;
    Errno error;
  };
  const unsigned limits = KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE;
  const Bad table[] = {
      {{.units = 0}, EINVAL},
      {{.units = 0x80000000}, ERANGE},
      {{.units = 0xffffffff}, ERANGE},
      {{.units = 9}, ERANGE},  // the ceiling is 8
      {{.units = 1, .flags = 0x20}, EINVAL},
      {{.units = 1, .flags = 0x80000000}, EINVAL},
      {{.units = 1, .flags = limits}, EINVAL},
      {{.units = 1, .timeout = 1}, EINVAL},
      {{.units = 1, .clock = CLOCK_MONOTONIC}, EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_NOWAIT, .timeout = 1}, EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_TIMEOUT, .timeout = -1}, EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_DEADLINE, .timeout = -1}, EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_TIMEOUT, .timeout = INT64_MIN}, EINVAL},
      {{.units = 1,
        .flags = KSEM_WAIT_TIMEOUT,
        .clock = CLOCK_PROCESS_CPUTIME_ID},
       EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_TIMEOUT, .clock = CLOCK_MONOTONIC_RAW},
       EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_DEADLINE, .clock = CLOCK_TAI}, EINVAL},
      {{.units = 1, .flags = KSEM_WAIT_DEADLINE, .clock = 0xffffffff}, EINVAL},
  };
  Semaphore sem({.value = 8, .max = 8});
  Handle handle(sem);
  for (const Bad& bad : table) {
    EXPECT_EQ(handle.Wait(bad.request), bad.error) << "entry " << &bad - table;
    handle.Expect({.value = 8, .max = 8});
  }
}

TEST(Wait, TakesUnits) {
  Semaphore sem({.value = 8});
  Handle handle(sem);
  EXPECT_EQ(handle.Wait({.units = 3}), 0);
  handle.Expect({.value = 5});
  EXPECT_EQ(handle.Wait({.units = 5}), 0);
  handle.Expect({});
}

// So that a program that cancels a thread knows what that had.
TEST(Wait, SaysWhatWasTaken) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  ksem_ioc_wait request = {.units = 2, .flags = KSEM_WAIT_NOWAIT};
  EXPECT_EQ(handle.Request(KSEM_IOC_WAIT, &request), 0);
  EXPECT_EQ(request.taken, 2u);
  request.taken = 0;
  EXPECT_EQ(handle.Request(KSEM_IOC_WAIT, &request), EAGAIN);
  EXPECT_EQ(request.taken, 0u);
  request = {.units = 2,
             .flags = KSEM_WAIT_TIMEOUT,
             .timeout = 1,
             .clock = CLOCK_MONOTONIC};
  EXPECT_EQ(handle.Request(KSEM_IOC_WAIT, &request), ETIMEDOUT);
  EXPECT_EQ(request.taken, 0u);
  handle.Expect({.value = 1});
}

TEST(Wait, NowaitGivesEagain) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  EXPECT_EQ(handle.Wait({.units = 2, .flags = KSEM_WAIT_NOWAIT}), EAGAIN);
  handle.Expect({.value = 1});
  EXPECT_EQ(handle.Wait({.units = 1, .flags = KSEM_WAIT_NOWAIT}), 0);
  handle.Expect({});
}

TEST(Wait, NonblockGivesEagainWhateverTheTimeout) {
  Semaphore sem;
  Handle handle(sem, O_RDWR | O_NONBLOCK);
  EXPECT_EQ(handle.Wait(), EAGAIN);
  EXPECT_EQ(handle.Wait({.units = 1,
                         .flags = KSEM_WAIT_TIMEOUT,
                         .timeout = INT64_MAX,
                         .clock = CLOCK_MONOTONIC}),
            EAGAIN);
  handle.Expect({});
}

TEST(Wait, QueuesForSeveralUnits) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Process three = StartWaiter(sem, [&] { return handle.Wait({.units = 3}); });
  Process one = StartWaiter(sem, [&] { return handle.Wait(); });
  handle.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(handle.Post(), 0);
  handle.Expect({.value = 2, .waiters = 2});
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(three.Result(), 0);
  handle.Expect({.waiters = 1});
  EXPECT_EQ(handle.Post({.units = 2}), 0);
  EXPECT_EQ(one.Result(), 0);
  handle.Expect({.value = 1});
}

TEST(Wait, InOrderOfPriority) {
  Semaphore sem({.order = "priority"});
  Handle handle(sem);
  Process low = StartWaiter(sem, [&] { return handle.Wait(); });
  Process high = StartWaiter(sem, [&] {
    SetRealTime(10);
    return handle.Wait();
  });
  handle.Expect({.waiters = 2, .order = "priority"});
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(high.Result(), 0);
  handle.Expect({.waiters = 1, .order = "priority"});
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(low.Result(), 0);
  handle.Expect({.order = "priority"});
}

TEST(Post, Refuses) {
  Semaphore sem({.value = 3, .max = 5});
  Handle handle(sem);
  EXPECT_EQ(handle.Post({.units = 0}), EINVAL);
  EXPECT_EQ(handle.Post({.units = 0x80000000}), ERANGE);
  EXPECT_EQ(handle.Post({.units = 0xffffffff}), ERANGE);
  EXPECT_EQ(handle.Post({.units = 3}), EOVERFLOW);
  EXPECT_EQ(handle.Post({.units = KSEM_VALUE_MAX}), EOVERFLOW);
  EXPECT_EQ(handle.Post({.units = 1, .flags = 2}), EINVAL);
  handle.Expect({.value = 3, .max = 5});
  EXPECT_EQ(handle.Post({.units = 2}), 0);
  handle.Expect({.value = 5, .max = 5});
}

// The two that have a number for a structure.
Errno TakeQuickly(const Handle& handle, unsigned long units) {
  return Errno::Of(ioctl(handle.fd(), KSEM_IOC_TAKE, units));
}

Errno GiveQuickly(const Handle& handle, unsigned long units) {
  return Errno::Of(ioctl(handle.fd(), KSEM_IOC_GIVE, units));
}

TEST(Quick, TakesAndGives) {
  Semaphore sem({.value = 3, .max = 5});
  Handle handle(sem);
  EXPECT_EQ(TakeQuickly(handle, 2), 0);
  handle.Expect({.value = 1, .max = 5});
  EXPECT_EQ(GiveQuickly(handle, 4), 0);
  handle.Expect({.value = 5, .max = 5});
  EXPECT_EQ(GiveQuickly(handle, 1), EOVERFLOW);
  handle.Expect({.value = 5, .max = 5});
}

TEST(Quick, Refuses) {
  Semaphore sem({.value = 3, .max = 5});
  Handle handle(sem);
  for (unsigned long units : {0x80000000UL, 0xffffffffUL}) {
    EXPECT_EQ(TakeQuickly(handle, units), ERANGE);
    EXPECT_EQ(GiveQuickly(handle, units), ERANGE);
  }
  EXPECT_EQ(TakeQuickly(handle, 0), EINVAL);
  EXPECT_EQ(GiveQuickly(handle, 0), EINVAL);
  EXPECT_EQ(TakeQuickly(handle, 6), ERANGE);
  EXPECT_EQ(TakeQuickly(Handle(sem, O_WRONLY), 1), EBADF);
  EXPECT_EQ(GiveQuickly(Handle(sem, O_RDONLY), 1), EBADF);
  EXPECT_EQ(TakeQuickly(Handle(sem, O_RDWR | O_NONBLOCK), 4), EAGAIN);
  handle.Expect({.value = 3, .max = 5});
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(TakeQuickly(handle, 1), EIDRM);
  EXPECT_EQ(GiveQuickly(handle, 1), EIDRM);
}

TEST(Quick, BlocksAndIsInterrupted) {
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&] { return TakeQuickly(handle, 2); });
  Process interrupted = StartWaiter(sem, [&] {
    HandleSignal(SIGUSR1);
    return TakeQuickly(handle, 1);
  });
  interrupted.Signal(SIGUSR1);
  EXPECT_EQ(interrupted.Result(), EINTR);
  EXPECT_EQ(GiveQuickly(handle, 1), 0);
  handle.Expect({.value = 1, .waiters = 1});
  EXPECT_EQ(GiveQuickly(handle, 1), 0);
  EXPECT_EQ(waiter.Result(), 0);
  handle.Expect({});
}

TEST(Quick, ObeysTheRuleOfUndo) {
  Semaphore sem({.value = 3});
  EXPECT_EQ(sem.Set("undo", "1"), 0);
  {
    Handle handle(sem);
    EXPECT_EQ(TakeQuickly(handle, 3), 0);
    handle.Expect({}, {.undo = 3, .flags = KSEM_INFO_UNDO});
    EXPECT_EQ(GiveQuickly(handle, 1), 0);
    handle.Expect({.value = 1}, {.undo = 2, .flags = KSEM_INFO_UNDO});
  }
  sem.Expect({.value = 3});
}

TEST(Permissions, OfTheDescriptor) {
  Semaphore sem({.value = 2});
  Handle reading(sem, O_RDONLY);
  Handle writing(sem, O_WRONLY);
  EXPECT_EQ(reading.Post(), EBADF);
  EXPECT_EQ(writing.Wait(), EBADF);
  EXPECT_EQ(Any({Take(writing)}), EBADF);
  EXPECT_EQ(All({Take(writing)}), EBADF);
  EXPECT_EQ(All({Zero(writing)}), EBADF);
  EXPECT_EQ(All({Give(reading)}), EBADF);
  reading.Expect({.value = 2}, {.flags = 0});
  EXPECT_EQ(All({Take(reading), Give(writing)}), 0);
  EXPECT_EQ(reading.Wait(), 0);
  EXPECT_EQ(writing.Post({.units = 3}), 0);
  writing.Expect({.value = 4}, {.flags = 0});
}

TEST(Info, SaysAll) {
  Semaphore sem({.value = 3, .max = 9, .order = "priority"});
  Handle handle(sem);
  handle.Expect({.value = 3, .max = 9, .order = "priority"});
  EXPECT_EQ(sem.Set("mappable", "0"), 0);
  handle.Expect({.value = 3, .max = 9, .order = "priority"}, {.flags = 0});
  EXPECT_EQ(sem.Set("mappable", "1"), 0);
  EXPECT_EQ(sem.Set("undo", "1"), 0);
  handle.Expect({.value = 3, .max = 9, .order = "priority"});
  Handle ruled(sem);
  EXPECT_EQ(ruled.Wait({.units = 2}), 0);
  ruled.Expect({.value = 1, .max = 9, .order = "priority"},
               {.undo = 2, .flags = KSEM_INFO_UNDO});
  EXPECT_EQ(sem.Shutdown(), 0);
  ruled.Expect({.value = 1, .max = 9, .order = "priority"},
               {.undo = 2, .flags = KSEM_INFO_UNDO | KSEM_INFO_SHUTDOWN});
}

TEST(Shutdown, EndsEveryRequest) {
  Semaphore sem;
  Handle handle(sem);
  Process wait = StartWaiter(sem, [&] { return handle.Wait(); });
  Process any = StartWaiter(sem, [&] { return Any({Take(handle)}); });
  Process all = StartWaiter(sem, [&] { return All({Take(handle)}); });
  handle.Expect({.waiters = 3});
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(wait.Result(), EIDRM);
  EXPECT_EQ(any.Result(), EIDRM);
  EXPECT_EQ(all.Result(), EIDRM);
  EXPECT_EQ(handle.Wait(), EIDRM);
  EXPECT_EQ(handle.Post(), EIDRM);
  EXPECT_EQ(Any({Take(handle)}), EIDRM);
  EXPECT_EQ(All({Take(handle)}), EIDRM);
  EXPECT_EQ(All({Give(handle)}), EIDRM);
  EXPECT_EQ(All({Zero(handle)}), EIDRM);
  handle.Expect({}, {.flags = KSEM_INFO_SHUTDOWN | KSEM_INFO_MAPPABLE});
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// Units that come back with the handle, however its holder ends.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

Errno TakeForUndo(const Handle& handle, unsigned units = 1) {
  return handle.Wait({.units = units, .flags = KSEM_WAIT_UNDO});
}

TEST(Undo, CloseGivesBackWhatIsOwed) {
  Semaphore sem({.value = 5});
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle, 2), 0);
    handle.Expect({.value = 3}, {.undo = 2});
    EXPECT_EQ(handle.Wait(), 0);
    handle.Expect({.value = 2}, {.undo = 2});
    EXPECT_EQ(TakeForUndo(handle), 0);
    handle.Expect({.value = 1}, {.undo = 3});
  }
  sem.Expect({.value = 4});
}

TEST(Undo, EachHandleHasItsOwn) {
  Semaphore sem({.value = 5});
  Handle one(sem);
  {
    Handle two(sem);
    EXPECT_EQ(TakeForUndo(one, 2), 0);
    EXPECT_EQ(TakeForUndo(two), 0);
    one.Expect({.value = 2}, {.undo = 2});
    two.Expect({.value = 2}, {.undo = 1});
  }
  one.Expect({.value = 3}, {.undo = 2});
}

TEST(Undo, AWaitThatBlockedCounts) {
  Semaphore sem;
  auto handle = std::make_unique<Handle>(sem);
  Process waiter = StartWaiter(sem, [&] { return TakeForUndo(*handle, 2); });
  EXPECT_EQ(sem.Post("2"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  handle->Expect({}, {.undo = 2});
  handle.reset();
  sem.Expect({.value = 2});
}

TEST(Undo, AFailedWaitDoesNot) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(
      handle.Wait({.units = 1, .flags = KSEM_WAIT_UNDO | KSEM_WAIT_NOWAIT}),
      EAGAIN);
  EXPECT_EQ(handle.Wait({.units = 1,
                         .flags = KSEM_WAIT_UNDO | KSEM_WAIT_TIMEOUT,
                         .timeout = 1,
                         .clock = CLOCK_MONOTONIC}),
            ETIMEDOUT);
  handle.Expect({});
}

TEST(Undo, APostOfThatKindReducesIt) {
  Semaphore sem({.value = 3});
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle, 3), 0);
    EXPECT_EQ(handle.Post({.units = 1, .flags = KSEM_POST_UNDO}), 0);
    handle.Expect({.value = 1}, {.undo = 2});
    EXPECT_EQ(handle.Post(), 0);
    handle.Expect({.value = 2}, {.undo = 2});
    EXPECT_EQ(handle.Write("1"), 0);
    handle.Expect({.value = 3}, {.undo = 2});
  }
  sem.Expect({.value = 5});
}

TEST(Undo, IsNeverLessThanNothing) {
  Semaphore sem({.value = 2});
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle), 0);
    EXPECT_EQ(handle.Post({.units = 4, .flags = KSEM_POST_UNDO}), 0);
    handle.Expect({.value = 5});
    EXPECT_EQ(TakeForUndo(handle), 0);
    handle.Expect({.value = 4}, {.undo = 1});
  }
  sem.Expect({.value = 5});
}

TEST(Undo, AFailedPostDoesNotReduceIt) {
  Semaphore sem({.value = 1, .max = 1});
  Handle handle(sem);
  EXPECT_EQ(TakeForUndo(handle), 0);
  EXPECT_EQ(handle.Post({.units = 2, .flags = KSEM_POST_UNDO}), EOVERFLOW);
  handle.Expect({.max = 1}, {.undo = 1});
}

TEST(Undo, ServesWaiters) {
  Semaphore sem({.value = 3});
  auto handle = std::make_unique<Handle>(sem);
  EXPECT_EQ(TakeForUndo(*handle, 3), 0);
  // Processes of their own have that handle, too, if they are begun later.
  Handle other(sem);
  const int fd = handle->fd();
  const auto waiter = [&](unsigned units) {
    return StartWaiter(sem, [&, units] {
      close(fd);
      return other.Wait({.units = units});
    });
  };
  Process two = waiter(2);
  Process one = waiter(1);
  handle.reset();
  EXPECT_EQ(two.Result(), 0);
  EXPECT_EQ(one.Result(), 0);
  other.Expect({});
}

TEST(Undo, GivesNoMoreThanTheCeiling) {
  Semaphore sem({.value = 3, .max = 3});
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle, 3), 0);
    EXPECT_EQ(sem.Post("2"), 0);
  }
  sem.Expect({.value = 3, .max = 3});
}

// What the ceiling stops at first may still be wanted.
TEST(Undo, GivesAllThatWaitersCanUse) {
  Semaphore sem({.value = 1, .max = 1});
  auto handle = std::make_unique<Handle>(sem);
  EXPECT_EQ(TakeForUndo(*handle), 0);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(TakeForUndo(*handle), 0);
  handle->Expect({.max = 1}, {.undo = 2});
  Process first = StartWaiter(sem, [&] {
    close(handle->fd());
    return sem.Wait();
  });
  Process second = StartWaiter(sem, [&] {
    close(handle->fd());
    return sem.Wait();
  });
  handle.reset();
  EXPECT_EQ(first.Result(), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({.max = 1});
}

// What the waiters of that moment can use: one that comes back again and again
// doesn't keep the close going.
TEST(Undo, GivesNoMoreThanWasWaitedFor) {
  const Semaphore sem({.value = 1000, .max = 1000});
  auto holder = std::make_unique<Handle>(sem);
  EXPECT_EQ(holder->Wait({.units = 1000, .flags = KSEM_WAIT_UNDO}), 0);
  EXPECT_EQ(sem.Set("max", "1"), 0);
  // It runs as soon as it has a unit, and waits for the next.
  Process taker = StartWaiter(sem, [&] {
    holder.reset();
    RunOn(0);
    SetRealTime(50);
    const Handle handle(sem);
    for (int taken = 0;; taken++) {
      if (handle.Wait() != 0) return Errno(taken);
    }
  });
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  RunOn(0);
  holder.reset();
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_LE(taker.Result().value(), 3);
}

TEST(Undo, IsNothingAfterShutdown) {
  Semaphore sem({.value = 2});
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle), 0);
    EXPECT_EQ(sem.Shutdown(), 0);
  }
  sem.Expect({.value = 1});
}

TEST(Undo, WaitsForTheLastDescriptor) {
  Semaphore sem({.value = 1});
  auto handle = std::make_unique<Handle>(sem);
  const int copy = dup(handle->fd());
  EXPECT_EQ(TakeForUndo(*handle), 0);
  Process child([] { return Errno::Of(pause()); });
  handle.reset();
  sem.Expect({});
  close(copy);
  sem.Expect({});
  child.Signal(SIGKILL);
  EXPECT_EQ(child.Join(), End{.signal = SIGKILL});
  EXPECT_TRUE(Eventually([&] { return sem.state().value == 1; }));
}

TEST(Undo, CanTravel) {
  Semaphore sem({.value = 1});
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  {
    Handle handle(sem);
    EXPECT_EQ(TakeForUndo(handle), 0);
    char byte = 0;
    iovec data = {&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {.msg_iov = &data,
                      .msg_iovlen = 1,
                      .msg_control = control,
                      .msg_controllen = sizeof(control)};
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = handle.fd();
    EXPECT_EQ(sendmsg(ends[0], &message, 0), 1);
  }
  // Nobody has it now but the message on its way.
  sem.Expect({});
  close(ends[0]);
  close(ends[1]);
  EXPECT_TRUE(Eventually([&] { return sem.state().value == 1; }));
}

TEST(Undo, ExitAndExecAreEnds) {
  Semaphore sem({.value = 2});
  Process exits([&]() -> Errno { return TakeForUndo(Handle(sem)); });
  EXPECT_EQ(exits.Result(), 0);
  sem.Expect({.value = 2});
  Process execs([&]() -> Errno {
    Handle handle(sem);  // closed on exec
    if (Errno error = TakeForUndo(handle)) return error;
    execlp("sleep", "sleep", "3600", nullptr);
    return errno;
  });
  EXPECT_TRUE(Eventually([&] { return sem.state().value == 2; }));
  EXPECT_FALSE(execs.ended());
}

class UndoRule : public testing::Test {
 protected:
  UndoRule() { EXPECT_EQ(sem_.Set("undo", "1"), 0); }

  const Holding Owing(int64_t units) const {
    return {.undo = units, .flags = KSEM_INFO_UNDO};
  }

  const Semaphore sem_{State{.value = 5}};
};

TEST_F(UndoRule, CountsEveryUnit) {
  {
    Handle handle(sem_);
    handle.Expect({.value = 5}, Owing(0));
    std::string text;
    EXPECT_EQ(handle.Read(&text), 0);
    handle.Expect({.value = 4}, Owing(1));
    EXPECT_EQ(handle.Wait(), 0);
    handle.Expect({.value = 3}, Owing(2));
    EXPECT_EQ(All({Take(handle)}), 0);
    handle.Expect({.value = 2}, Owing(3));
    EXPECT_EQ(Any({Take(handle)}), 0);
    handle.Expect({.value = 1}, Owing(4));
    EXPECT_EQ(handle.Write("1"), 0);
    handle.Expect({.value = 2}, Owing(3));
    EXPECT_EQ(handle.Post(), 0);
    handle.Expect({.value = 3}, Owing(2));
    EXPECT_EQ(All({Give(handle)}), 0);
    handle.Expect({.value = 4}, Owing(1));
  }
  sem_.Expect({.value = 5});
}

TEST_F(UndoRule, HoldsForHandlesOpenedLater) {
  Handle ruled(sem_);
  EXPECT_EQ(sem_.Set("undo", "0"), 0);
  Handle free(sem_);
  EXPECT_EQ(ruled.Wait(), 0);
  EXPECT_EQ(free.Wait(), 0);
  ruled.Expect({.value = 3}, Owing(1));
  free.Expect({.value = 3});
}

TEST_F(UndoRule, NobodyMapsIt) {
  Handle handle(sem_);
  EXPECT_EQ(mmap(nullptr, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED,
                 handle.fd(), 0),
            MAP_FAILED);
  EXPECT_EQ(Errno(errno), EPERM);
}

TEST_F(UndoRule, IsOneOrZero) {
  for (const char* bad : {"2", "-1", "x", "\n", "10"}) {
    EXPECT_EQ(sem_.Set("undo", bad), EINVAL) << bad;
  }
  EXPECT_EQ(ReadOrFail(sem_.path("undo")), "1\n");
  EXPECT_EQ(sem_.Set("undo", "0\n"), 0);
  EXPECT_EQ(ReadOrFail(sem_.path("undo")), "0\n");
}

// Killed at any moment: while they open, wait, hold, give or close.
TEST(Killed, NoUnitIsLostWhenever) {
  constexpr int kKills = 300, kWorkers = 3;
  constexpr unsigned kUnits = 2;
  Semaphore sem({.value = kUnits, .max = kUnits});
  EXPECT_EQ(sem.Set("undo", "1"), 0);
  const auto work = [&]() -> Errno {
    for (;;) {
      Handle handle(sem);
      std::string text;
      if (Errno error = handle.Read(&text)) return error;
      if (Errno error = handle.Write("1")) return error;
      if (Errno error = handle.Wait({.units = kUnits})) return error;
      if (Errno error = All({Give(handle)})) return error;
    }
  };
  for (int kill = 0; kill < kKills / kWorkers; kill++) {
    std::vector<Process> workers;
    for (int i = 0; i < kWorkers; i++) workers.emplace_back(work);
    for (Process& worker : workers) {
      usleep(kill * 37 % 2000);
      worker.Signal(SIGKILL);
    }
    for (Process& worker : workers) {
      EXPECT_EQ(worker.Join(), End{.signal = SIGKILL});
    }
    EXPECT_TRUE(Eventually([&] { return sem.state().value == kUnits; }));
    sem.Expect({.value = kUnits, .max = kUnits});
  }
}

}  // namespace
}  // namespace ksem_test

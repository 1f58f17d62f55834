// SPDX-License-Identifier: MIT
// shutdown ends everybody's waiting, for ever.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/modes.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

class Shutdown : public BothModes {};
IN_BOTH_MODES(Shutdown);

TEST_P(Shutdown, EverybodyBlockedGetsEidrm) {
  Semaphore sem({.value = 1});
  Process units = StartWaiter(sem, {.text = "2"});
  Process read = StartWaiter(sem, {.text = ""});
  Process timed = StartWaiter(sem, {.file = "timedwait", .text = "1h"});
  sem.Expect({.value = 1, .waiters = 3});
  EXPECT_EQ(sem.Shutdown(), 0);
  sem.Expect({.value = 1});
  EXPECT_EQ(units.Result(), EIDRM);
  EXPECT_EQ(read.Result(), EIDRM);
  EXPECT_EQ(timed.Result(), EIDRM);
}

TEST_P(Shutdown, CanBeRead) {
  Semaphore sem;
  EXPECT_EQ(ReadOrFail(sem.path("shutdown")), "0\n");
  EXPECT_EQ(WriteFile(sem.path("shutdown"), "0"), EINVAL);
  EXPECT_EQ(ReadOrFail(sem.path("shutdown")), "0\n");
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(ReadOrFail(sem.path("shutdown")), "1\n");
}

// Of a long queue the thread may serve the rest, as after a post.
TEST_P(Shutdown, ALongQueueGetsEidrm) {
  constexpr int kWaiters = 150;
  Semaphore sem;
  std::vector<Process> waiters;
  for (int i = 0; i < kWaiters; i++) waiters.push_back(StartWaiter(sem));
  EXPECT_EQ(sem.Shutdown(), 0);
  for (Process& w : waiters) EXPECT_EQ(w.Result(), EIDRM);
  sem.Expect({});
}

TEST_P(Shutdown, EverybodyWhoComesLaterGetsEidrm) {
  Semaphore sem({.value = 3, .max = 5});
  EXPECT_EQ(sem.Shutdown(), 0);
  for (int again = 0; again < 2; again++) {
    std::string text;
    EXPECT_EQ(ReadFile(sem.path("wait"), &text), EIDRM);
    EXPECT_EQ(sem.Wait(), EIDRM);
    EXPECT_EQ(sem.Wait("9"), EIDRM);
    EXPECT_EQ(ReadFile(sem.path("trywait"), &text), EIDRM);
    EXPECT_EQ(sem.TryWait(), EIDRM);
    EXPECT_EQ(sem.TimedWait("0"), EIDRM);
    EXPECT_EQ(sem.TimedWait("1h 2"), EIDRM);
    EXPECT_EQ(sem.Post(), EIDRM);
    EXPECT_EQ(sem.Set("value", "1"), EIDRM);
    EXPECT_EQ(sem.Set("max", "9"), EIDRM);
    EXPECT_EQ(sem.Set("order", "priority"), EIDRM);
    for (const char* flag : {"fair", "record", "undo", "mappable"})
      EXPECT_EQ(sem.Set(flag, "1"), EIDRM) << flag;
    sem.Expect({.value = 3, .max = 5});
    EXPECT_EQ(sem.Shutdown(), 0);
  }
}

TEST_P(Shutdown, BadTextStaysBadText) {
  Semaphore sem;
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(sem.Wait("0"), EINVAL);
  EXPECT_EQ(sem.Post("x"), EINVAL);
}

TEST_P(Shutdown, OnlyByOne) {
  Semaphore sem({.value = 1});
  EXPECT_EQ(sem.Set("shutdown", "0"), EINVAL);
  EXPECT_EQ(sem.Set("shutdown", "2"), EINVAL);
  EXPECT_EQ(sem.Set("shutdown", "yes"), EINVAL);
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(sem.Set("shutdown", "1\n"), 0);
  EXPECT_EQ(sem.Post(), EIDRM);
}

TEST_P(Shutdown, ThenItCanBeRemovedAndTheNameIsFree) {
  Semaphore sem;
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(sem.Post(), 0);
  sem.Expect({.value = 1});
}

}  // namespace
}  // namespace ksem_test

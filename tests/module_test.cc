// SPDX-License-Identifier: MIT
// Loading and unloading ksem.ko.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

// delete_module() doesn't wait, and says it so.
constexpr int kInUse = EWOULDBLOCK;

void ExpectLoaded(bool loaded) {
  EXPECT_EQ(Exists("/sys/module/ksem"), loaded);
  EXPECT_EQ(Exists(kRoot), loaded);
}

TEST(Unload, RefusedWhileThereIsASemaphore) {
  Semaphore sem({.value = 2, .max = 9, .order = "priority"});
  EXPECT_EQ(UnloadModule("ksem"), kInUse);
  sem.Expect({.value = 2, .max = 9, .order = "priority"});
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(sem.Post("3"), 0);
  sem.Expect({.value = 4, .max = 9, .order = "priority"});
}

TEST(Unload, RefusedWhileSomebodyIsBlocked) {
  Semaphore sem;
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(UnloadModule("ksem"), kInUse);
  sem.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
}

TEST(Unload, RefusedWhileAFileOfARemovedSemaphoreIsOpen) {
  Semaphore sem;
  {
    File post(sem.path("post"), O_WRONLY);
    EXPECT_EQ(sem.Remove(), 0);
    EXPECT_EQ(UnloadModule("ksem"), kInUse);
    EXPECT_EQ(post.Write("1"), ENOENT);
  }
  EXPECT_EQ(UnloadModule("ksem"), 0);
  EXPECT_EQ(LoadModule("ksem"), 0);
}

TEST(Unload, RefusedWhileAModuleUsesIt) {
  ASSERT_EQ(LoadModule("ksem_test"), 0);
  EXPECT_EQ(UnloadModule("ksem"), kInUse);
  {
    KernelUser maker(UniqueName());
    EXPECT_EQ(UnloadModule("ksem_test"), kInUse);
    EXPECT_EQ(UnloadModule("ksem"), kInUse);
  }
  EXPECT_EQ(UnloadModule("ksem_test"), 0);
  EXPECT_EQ(UnloadModule("ksem"), 0);
  EXPECT_EQ(LoadModule("ksem"), 0);
}

TEST(Load, AgainAndAgain) {
  for (int i = 0; i < 20; i++) {
    ASSERT_EQ(UnloadModule("ksem"), 0);
    ExpectLoaded(false);
    ASSERT_EQ(LoadModule("ksem"), 0);
    ExpectLoaded(true);
    EXPECT_EQ(LoadModule("ksem"), EEXIST);
    Semaphore sem({.value = 1});
    EXPECT_EQ(sem.TryWait(), 0);
  }
}

}  // namespace
}  // namespace ksem_test

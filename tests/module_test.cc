// SPDX-License-Identifier: MIT
// Loading and unloading ksem.ko.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

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

// What rmdir leaves to others to be freed, and the news of it, is over by then.
TEST(Unload, RightAfterRmdir) {
  for (int i = 0; i < 20; i++) {
    const std::string name = UniqueName();
    // A driver has looked for the name, so it will be told.
    ASSERT_EQ(LoadModule("ksem_driver", "name=" + name), 0);
    ASSERT_EQ(UnloadModule("ksem_driver"), 0);
    ASSERT_EQ(MakeDir(kRoot + name), 0);
    ASSERT_EQ(RemoveDir(kRoot + name), 0);
    ASSERT_EQ(UnloadModule("ksem"), 0);
    ASSERT_EQ(LoadModule("ksem"), 0);
  }
}

// Somebody else still has a reference to the device that rmdir has removed.
TEST(Unload, WaitsForTheLastDevice) {
  const std::string kLate = "/sys/module/ksem_late/parameters/";
  ASSERT_EQ(LoadModule("ksem_late"), 0);
  Semaphore sem;
  EXPECT_EQ(
      WriteFile(kLate + "keep", "/sys/class/ksem/" + sem.name() + "/value"), 0);
  EXPECT_EQ(sem.Remove(), 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(WriteFile(kLate + "drop", "1000"), 0);
  EXPECT_EQ(UnloadModule("ksem"), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds(900));
  EXPECT_EQ(UnloadModule("ksem_late"), 0);
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

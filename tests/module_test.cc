// SPDX-License-Identifier: MIT
// Loading and unloading ksem.ko.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
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

// Makes the n-th allocation of a call fail. Its file is kept open, since to
// open it allocates too.
class FailNth {
 public:
  // Returns the call's errno, and how far it was from the n-th; 0 if it made
  // it.
  template <typename Call>
  Errno In(Call call, int n, int* left) {
    const std::string text = std::to_string(n);
    std::string left_text;
    EXPECT_EQ(file_.WriteAt(text, 0), 0);
    const Errno error = call();
    // To copy from and to the file can be the n-th too: EFAULT.
    *left = file_.ReadAt(&left_text, 0) ? 1 : std::stoi(left_text);
    file_.WriteAt("0", 0);
    return error;
  }

 private:
  File file_{"/proc/thread-self/fail-nth", O_RDWR};
};

class FailingAllocations : public testing::Test {
 protected:
  void SetUp() override {
    if (!Exists("/proc/thread-self/fail-nth"))
      GTEST_SKIP() << "no fault injection in this kernel";
    ASSERT_EQ(WriteFile("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"), 0);
    // Not a stack trace in the log for each.
    for (const char* kind : {"failslab", "fail_page_alloc", "fail_usercopy"}) {
      const std::string dir = std::string("/sys/kernel/debug/") + kind;
      if (!Exists(dir)) continue;
      ASSERT_EQ(WriteFile(dir + "/verbose", "0"), 0);
    }
  }

  // Repeats `call` with the first, second… allocation failing until it makes
  // fewer. `undo` follows a success, `clean` checks after a failure.
  template <typename Call, typename Undo, typename Clean>
  void FailEach(Call call, Undo undo, Clean clean) {
    FailNth fail;
    int failures = 0;
    int left = 0;
    for (int n = 1; left == 0; n++) {
      if (fail.In(call, n, &left)) {
        failures++;
        clean();
      } else {
        undo();
      }
    }
    EXPECT_GT(failures, 0);
  }
};

TEST_F(FailingAllocations, InMkdir) {
  for (const std::string& name :
       {std::string("short"), "long-" + std::string(200, 'n')}) {
    Semaphore sem = Semaphore::Named(name);
    FailEach([&] { return MakeDir(sem.path()); },
             [&] { EXPECT_EQ(sem.Remove(), 0); },
             [&] { EXPECT_FALSE(Exists(sem.path())); });
  }
}

TEST_F(FailingAllocations, InCreate) {
  ASSERT_EQ(LoadModule("ksem_test"), 0);
  const std::string name = UniqueName();
  const std::string user = "/sys/kernel/config/ksem_test/" + name;
  FailEach([&] { return MakeDir(user); },
           [&] { EXPECT_EQ(RemoveDir(user), 0); },
           [&] {
             EXPECT_FALSE(Exists(user));
             EXPECT_FALSE(Exists(kRoot + name));
           });
  EXPECT_EQ(UnloadModule("ksem_test"), 0);
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// By handle or by files: what is used when, and that they are one semaphore.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <tuple>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

std::string device(const Fresh& sem) { return "/dev/ksem/" + sem.name(); }

TEST(Choice, TheHandleIsBest) {
  Fresh sem;
  EXPECT_EQ(Semaphore::open(sem.name()).via(), Via::kHandle);
  EXPECT_EQ(Semaphore::open(sem.name(), {.via = Via::kHandle}).via(),
            Via::kHandle);
  const Semaphore by_files = Semaphore::open(sem.name(), {.via = Via::kFiles});
  EXPECT_EQ(by_files.via(), Via::kFiles);
  EXPECT_EQ(by_files.native_handle(), -1);
  EXPECT_EQ(sem->via(), options().via);
}

TEST(Choice, UndoTakesAHandle) {
  Fresh sem;
  EXPECT_EQ(Semaphore::open(sem.name(), {.undo = true}).via(), Via::kHandle);
  const Options by_files = {.via = Via::kFiles, .undo = true};
  EXPECT_EQ(errno_of([&] { Semaphore::open(sem.name(), by_files); }), EINVAL);
  const std::string name = fresh_name();
  EXPECT_EQ(errno_of([&] { Semaphore::create(name, 0, 1, by_files); }), EINVAL);
  EXPECT_EQ(errno_of([&] { Semaphore::open_or_create(name, 0, 1, by_files); }),
            EINVAL);
  EXPECT_EQ(errno_of([&] { Semaphore::open(name); }), ENOENT);
}

// As if there were none; what stands there then is no handle either.
TEST(Choice, WithoutADevice) {
  Fresh sem({.value = 1});
  const std::string there = device(sem), away = there + ".away";
  for (const bool with_a_file : {false, true}) {
    std::filesystem::rename(there, away);
    if (with_a_file) close(creat(there.c_str(), 0600));
    EXPECT_EQ(
        errno_of([&] { Semaphore::open(sem.name(), {.via = Via::kHandle}); }),
        ENODEV);
    EXPECT_EQ(errno_of([&] { Semaphore::open(sem.name(), {.undo = true}); }),
              ENODEV);
    Semaphore best = Semaphore::open(sem.name());
    EXPECT_EQ(best.via(), Via::kFiles);
    EXPECT_TRUE(best.try_acquire());
    best.release();
    std::filesystem::rename(away, there);
  }
}

TEST(Choice, ElsewhereThereAreNoHandles) {
  Fresh sem;
  const std::string root = testing::TempDir() + "root";
  std::filesystem::create_directories(root + "/" + sem.name());
  setenv("KSEM_ROOT", root.c_str(), 1);
  EXPECT_EQ(Semaphore::open(sem.name()).via(), Via::kFiles);
  EXPECT_EQ(
      errno_of([&] { Semaphore::open(sem.name(), {.via = Via::kHandle}); }),
      ENODEV);
  unsetenv("KSEM_ROOT");
  std::filesystem::remove_all(root);
}

// What `work` returns in a process of a user who is not root.
bool as_user(const std::function<bool()>& work) {
  return in_child_ok([&] { return setuid(1000) == 0 && work(); });
}

TEST(Choice, ByPermissionOfTheDevice) {
  Fresh sem({.value = 1});
  EXPECT_TRUE(as_user([&] {
    return errno_of([&] {
             Semaphore::open(sem.name(), {.via = Via::kHandle});
           }) == EACCES &&
           errno_of([&] { Semaphore::open(sem.name(), {.undo = true}); }) ==
               EACCES &&
           Semaphore::open(sem.name()).via() == Via::kFiles;
  }));

  ASSERT_EQ(chmod(device(sem).c_str(), 0666), 0);
  EXPECT_TRUE(as_user([&] {
    Semaphore both = Semaphore::open(sem.name());
    both.acquire();
    both.release();
    both.acquire();
    both.release();
    return both.via() == Via::kHandle &&
           errno_of([&] { both.set_value(5); }) == EACCES;
  }));
  EXPECT_STATE(*sem, .value = 1);

  ASSERT_EQ(chmod(device(sem).c_str(), 0444), 0);
  EXPECT_TRUE(as_user([&] {
    Semaphore taker = Semaphore::open(sem.name());
    taker.acquire();
    return taker.via() == Via::kHandle && !taker.try_acquire() &&
           errno_of([&] { taker.release(); }) == EACCES && taker.value() == 0;
  }));
  EXPECT_STATE(*sem, .value = 0);

  ASSERT_EQ(chmod(device(sem).c_str(), 0222), 0);
  EXPECT_TRUE(as_user([&] {
    Semaphore giver = Semaphore::open(sem.name());
    giver.release();
    return giver.via() == Via::kHandle &&
           errno_of([&] { giver.acquire(); }) == EACCES &&
           errno_of([&] { return giver.try_acquire(); }) == EACCES &&
           errno_of([&] { return giver.try_acquire_for(1s); }) == EACCES &&
           errno_of([&] {
             return giver.acquire(std::stop_source().get_token());
           }) == EACCES &&
           giver.value() == 1;
  }));
  EXPECT_STATE(*sem, .value = 1);
}

// However often the name changes hands meanwhile: if the files are gone, the
// handle isn't one of the semaphore that has the name now.
TEST(Choice, BothAreOfOneSemaphore) {
  const std::string name = fresh_name();
  std::jthread changing([&](std::stop_token stop) {
    for (int number = 1; !stop.stop_requested(); number++) {
      Semaphore::create(name, number, kMax, {.via = Via::kFiles});
      std::this_thread::yield();
      Semaphore::remove(name);
    }
  });
  for (int round = 0; round < 3000; round++) {
    errno_of([&] {
      Semaphore sem = Semaphore::open(name, {.via = Via::kHandle});
      // They tell whether it has been removed.
      if (errno_of([&] { sem.counters(); }) != ENOENT) return;
      const Semaphore now = Semaphore::open(name, {.via = Via::kFiles});
      EXPECT_NE(sem.value(), now.value());
    });
  }
}

// tests/module/ksem_test.c, which holds the semaphore in the kernel.
class KernelUser {
 public:
  explicit KernelUser(const std::string& name)
      : path_("/sys/kernel/config/ksem_test/" + name) {
    // Nothing is wrong if another test has loaded it.
    std::ignore = std::system("insmod /lib/ksem/ksem_test.ko 2>/dev/null");
    std::filesystem::create_directory(path_);
  }
  ~KernelUser() { std::filesystem::remove(path_); }

  int call(const std::string& name, const std::string& units) const {
    return write_file(path_ + "/" + name, units);
  }
  int value() const {
    int value = -1;
    std::ifstream(path_ + "/value") >> value;
    return value;
  }

 private:
  const std::string path_;
};

TEST(Choice, HandleFilesAndKernelShareTheUnits) {
  Fresh sem({.value = 3});
  Semaphore handle = Semaphore::open(sem.name(), {.via = Via::kHandle});
  Semaphore files = Semaphore::open(sem.name(), {.via = Via::kFiles});
  const KernelUser kernel(sem.name());
  handle.acquire();
  EXPECT_STATE(files, .value = 2);
  handle.acquire();  // by the page
  EXPECT_STATE(files, .value = 1);
  EXPECT_EQ(kernel.value(), 1);
  files.acquire();
  EXPECT_EQ(handle.value(), 0);
  EXPECT_FALSE(handle.try_acquire());
  EXPECT_EQ(kernel.call("post", "2"), 0);
  EXPECT_EQ(handle.value(), 2);
  EXPECT_TRUE(handle.try_acquire(2));
  EXPECT_EQ(kernel.call("trywait", "1"), EAGAIN);

  std::thread by_handle([&] { handle.acquire(); });
  ASSERT_TRUE(blocked(files, 1));
  std::thread by_files([&] { files.acquire(); });
  ASSERT_TRUE(blocked(handle, 2));
  EXPECT_EQ(kernel.call("post", "1"), 0);
  by_handle.join();
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  handle.release();
  by_files.join();
  EXPECT_STATE(*sem, .value = 0);
}

}  // namespace
}  // namespace ksem

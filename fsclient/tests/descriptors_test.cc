// SPDX-License-Identifier: MIT
// How many files an object keeps open, and who gets to see them.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

constexpr int kMostKept = 20;  // as the header promises

std::vector<int> open_files() {
  std::vector<int> files;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the directory's own is open only meanwhile
    const auto file = std::filesystem::read_symlink(entry, gone);
    if (file.string().starts_with(root() + "/") ||
        file.string().starts_with("/dev/ksem/")) {
      files.push_back(std::stoi(entry.path().filename()));
    }
  }
  return files;
}

int open_now() { return static_cast<int>(open_files().size()); }

void use_everything(Semaphore& sem) {
  sem.set_value(4);
  sem.acquire();
  static_cast<void>(sem.acquire(std::stop_source().get_token()));
  static_cast<void>(sem.try_acquire());
  static_cast<void>(sem.try_acquire_for(1s));
  static_cast<void>(sem.try_acquire_for(1ns));
  sem.release();
  static_cast<void>(sem.try_acquire());
  state(sem);
}

TEST(Descriptors, AreKept) {
  Fresh sem;
  use_everything(*sem);
  const auto kept = open_files();
  for (int i = 0; i < 10; i++) use_everything(*sem);
  EXPECT_EQ(open_files(), kept);
}

// A number that a program prints to a handle would be a post, and those that
// want certain numbers want small ones.
TEST(Descriptors, AreOutOfTheWay) {
  for (const bool started_without : {false, true}) {
    const pid_t child = fork();
    if (child == 0) {
      if (started_without) {
        for (int fd = 0; fd < 3; fd++) close(fd);
      }
      Fresh sem;
      use_everything(*sem);
      for (const int fd : open_files()) {
        if (fd < 512) _exit(1);
      }
      // One of less than so many can't have them there.
      const rlimit few = {.rlim_cur = 64, .rlim_max = 64};
      Semaphore other = [&] {
        setrlimit(RLIMIT_NOFILE, &few);
        return Semaphore::open(sem->name(), options());
      }();
      other.release();
      other.acquire();
      for (const int fd : open_files()) {
        if (fd < 32) _exit(2);
      }
      _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << started_without;
  }
}

TEST(Descriptors, AreClosedWithTheObject) {
  const int before = open_now();
  {
    Fresh sem;
    use_everything(*sem);
    EXPECT_GT(open_now(), before);
  }
  EXPECT_EQ(open_now(), before);
}

TEST(Descriptors, AreBounded) {
  constexpr int kThreads = 40;
  Fresh sem;
  for (int round = 0; round < 3; round++) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; i++) {
      threads.emplace_back([&, i] {
        if (i % 2) {
          sem->acquire();
        } else {
          EXPECT_TRUE(sem->try_acquire_for(kLong));
        }
      });
    }
    ASSERT_TRUE(blocked(*sem, kThreads));
    EXPECT_LE(open_now(), kThreads + kMostKept);
    sem->release(kThreads);
    threads.clear();
    EXPECT_LE(open_now(), kMostKept);
  }
}

TEST(Descriptors, AreNotLeakedByErrors) {
  Fresh sem({.max = 4});
  use_everything(*sem);
  const int before = open_now();
  for (int i = 0; i < 10; i++) {
    EXPECT_NE(errno_of([&] { sem->release(5); }), 0);
    EXPECT_NE(errno_of([&] { sem->acquire(5); }), 0);
    EXPECT_NE(errno_of([&] { return sem->try_acquire_for(1s, 5); }), 0);
    EXPECT_NE(errno_of([&] { sem->set_max(0); }), 0);
    EXPECT_NE(
        errno_of([&] { Semaphore::create(sem.name(), 0, kMax, options()); }),
        0);
    EXPECT_NE(
        errno_of([&] { Semaphore::create(fresh_name(), 2, 1, options()); }), 0);
    EXPECT_NE(errno_of([&] { Semaphore::open("nobody"); }), 0);
  }
  EXPECT_EQ(open_now(), before);
}

TEST(Descriptors, AreNotLeakedByCancellation) {
  Fresh sem;
  use_everything(*sem);
  const int before = open_now();
  for (int i = 0; i < 10; i++) {
    std::thread waiter([&] { sem->acquire(); });
    ASSERT_TRUE(blocked(*sem, 1));
    pthread_cancel(waiter.native_handle());
    waiter.join();
  }
  EXPECT_LE(open_now(), before);
}

TEST(Descriptors, AreNotInheritedByPrograms) {
  Fresh sem;
  use_everything(*sem);
  for (const int fd : open_files()) {
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC) << fd;
  }
  FILE* const list = popen("ls -l /proc/self/fd", "r");
  ASSERT_TRUE(list);
  char line[256];
  int lines = 0;
  while (fgets(line, sizeof(line), list)) {
    lines++;
    EXPECT_EQ(std::string(line).find("/ksem/"), std::string::npos) << line;
  }
  EXPECT_EQ(pclose(list), 0);
  EXPECT_GT(lines, 2);
}

// What the object isn't to touch.
constexpr std::uint64_t kUnits = std::uint64_t{kMax} << 32 | 5;

int regular_file() {
  const int fd = memfd_create("regular", MFD_CLOEXEC);
  EXPECT_EQ(write(fd, &kUnits, sizeof(kUnits)), ssize_t{sizeof(kUnits)});
  return fd;
}

bool is_untouched(int fd) {
  std::uint64_t content = 0;
  return pread(fd, &content, sizeof(content), 0) == ssize_t{sizeof(content)} &&
         content == kUnits;
}

// Opens the file of another semaphore that is what `fd` is of `name`.
int same_of(const std::string& other, int fd, const std::string& name) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::string path = std::filesystem::read_symlink(link);
  path.replace(path.find(name), name.size(), other);
  return open(path.c_str(), fcntl(fd, F_GETFL) & (O_ACCMODE | O_DIRECTORY));
}

// As after closefrom(), when the program has opened other files since.
TEST(Descriptors, ThatAreOtherFilesByNowAreNotUsed) {
  for (const bool regular : {false, true}) {
    for (const bool used : {false, true}) {
      // Its page stays its own, then.
      if (used && by_handle()) continue;
      SCOPED_TRACE(testing::Message() << regular << used);
      Fresh sem({.value = 5}), other({.value = 5});
      const std::vector<int> before = open_files();
      std::vector<int> taken;
      {
        Semaphore object = Semaphore::open(sem.name(), options());
        if (used) use_everything(object);
        const Semaphore& constant = object;
        const State state_before = state(*sem);
        for (const int fd : open_files()) {
          if (std::ranges::count(before, fd)) continue;
          const int file =
              regular ? regular_file() : same_of(other.name(), fd, sem.name());
          ASSERT_EQ(dup2(file, fd), fd);
          close(file);
          taken.push_back(fd);
        }
        // What the first one does is not to help the next.
        for (int round = 0; round < 2; round++) {
          EXPECT_EQ(errno_of([&] { object.acquire(); }), ESTALE);
          EXPECT_EQ(errno_of([&] { return object.try_acquire(); }), ESTALE);
          EXPECT_EQ(errno_of([&] { return object.try_acquire_for(1s); }),
                    ESTALE);
          EXPECT_EQ(errno_of([&] { object.release(); }), ESTALE);
          EXPECT_EQ(errno_of([&] { object.set_value(9); }), ESTALE);
          EXPECT_EQ(errno_of([&] { constant.value(); }), ESTALE);
          EXPECT_EQ(errno_of([&] { constant.counters(); }), ESTALE);
        }
        EXPECT_EQ(state(*sem), state_before);
      }
      EXPECT_STATE(*other, .value = 5);
      EXPECT_FALSE(taken.empty());
      for (const int fd : taken) {
        EXPECT_EQ(regular, is_untouched(fd));
        EXPECT_EQ(close(fd), 0) << "closed with the object";
      }
    }
  }
}

// The child opens its own instead of the parent's, not besides them.
TEST(Descriptors, DoNotAddUpOverForks) {
  Fresh sem;
  use_everything(*sem);
  const int before = open_now();
  const pid_t child = fork();
  if (child == 0) {
    use_everything(*sem);
    _exit(open_now() - before);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ksem

// SPDX-License-Identifier: MIT
// Every file of a semaphore's directory: mode, default, what read and write do.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <string>

#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

const std::map<std::string, mode_t> kFiles = {
    {"record", 0644},  {"fair", 0644},  {"mappable", 0644},  {"max", 0644},
    {"order", 0644},   {"post", 0200},  {"shutdown", 0644},  {"trywait", 0600},
    {"undo", 0644},    {"value", 0644}, {"timedwait", 0200}, {"wait", 0600},
    {"waiters", 0444},
};

TEST(Directory, HasTheseFilesAndNoOthers) {
  Semaphore sem;
  std::map<std::string, mode_t> files;
  DIR* dir = opendir(sem.path().c_str());
  ASSERT_NE(dir, nullptr);
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat st;
    ASSERT_EQ(stat(sem.path(name).c_str(), &st), 0) << name;
    EXPECT_TRUE(S_ISREG(st.st_mode)) << name;
    EXPECT_EQ(st.st_uid, 0u) << name;
    files[name] = st.st_mode & 07777;
  }
  closedir(dir);
  EXPECT_EQ(files, kFiles);
}

TEST(Directory, TakesNothingElse) {
  Semaphore sem;
  EXPECT_EQ(MakeDir(sem.path("sub")), EPERM);
  EXPECT_EQ(File(sem.path("file"), O_CREAT | O_WRONLY).error(), EACCES);
  EXPECT_EQ(Errno::Of(unlink(sem.path("post").c_str())), EPERM);
  EXPECT_EQ(Errno::Of(symlink(sem.path().c_str(), sem.path("l").c_str())),
            EPERM);
  EXPECT_EQ(MakeDir(sem.path()), EEXIST);
  sem.Expect({});
}

TEST(Directory, ANewSemaphoreHasTheDefaults) {
  Semaphore sem = Semaphore::Named(UniqueName());
  ASSERT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(ReadOrFail(sem.path("value")), "0\n");
  EXPECT_EQ(ReadOrFail(sem.path("max")), "2147483647\n");
  EXPECT_EQ(ReadOrFail(sem.path("waiters")), "0\n");
  EXPECT_EQ(ReadOrFail(sem.path("order")), "fifo\n");
  EXPECT_EQ(ReadOrFail(sem.path("fair")), "1\n");
  EXPECT_EQ(ReadOrFail(sem.path("record")), "0\n");
  EXPECT_EQ(ReadOrFail(sem.path("undo")), "0\n");
  EXPECT_EQ(ReadOrFail(sem.path("mappable")), "1\n");
  EXPECT_EQ(ReadOrFail(sem.path("shutdown")), "0\n");
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Directory, SemaphoresAreIndependent) {
  Semaphore one({.value = 1});
  Semaphore other({.value = 5, .max = 7, .order = "priority"});
  EXPECT_EQ(one.Post("2"), 0);
  one.Expect({.value = 3});
  other.Expect({.value = 5, .max = 7, .order = "priority"});
  EXPECT_EQ(other.Shutdown(), 0);
  EXPECT_EQ(one.TryWait("3"), 0);
  one.Expect({});
}

// Not even for root, whom the mode alone doesn't stop.
TEST(Directory, FilesOpenOnlyForWhatTheyCan) {
  Semaphore sem;
  for (const auto& [name, mode] : kFiles) {
    EXPECT_EQ(File(sem.path(name), O_RDONLY).error(), mode & 0400 ? 0 : EACCES)
        << name;
    EXPECT_EQ(File(sem.path(name), O_WRONLY).error(), mode & 0200 ? 0 : EACCES)
        << name;
  }
  sem.Expect({});
}

TEST(Value, ReadsAndSets) {
  Semaphore sem({.max = 100});
  EXPECT_EQ(sem.Set("value", "42"), 0);
  EXPECT_EQ(ReadOrFail(sem.path("value")), "42\n");
  EXPECT_EQ(sem.Set("value", "0\n"), 0);
  sem.Expect({.max = 100});
}

TEST(Max, ReadsAndSets) {
  Semaphore sem({.value = 1});
  EXPECT_EQ(sem.Set("max", "1\n"), 0);
  EXPECT_EQ(ReadOrFail(sem.path("max")), "1\n");
  EXPECT_EQ(sem.Set("max", "2147483647"), 0);
  sem.Expect({.value = 1});
}

TEST(Order, ReadsAndSets) {
  Semaphore sem;
  EXPECT_EQ(sem.Set("order", "priority\n"), 0);
  EXPECT_EQ(ReadOrFail(sem.path("order")), "priority\n");
  EXPECT_EQ(sem.Set("order", "fifo"), 0);
  sem.Expect({});
}

// What they do is tested where the device is.
TEST(Rules, ReadAndSet) {
  Semaphore sem;
  for (const char* rule : {"fair", "record", "undo", "mappable"}) {
    for (const char* text : {"0\n", "1\n", "0\n"}) {
      EXPECT_EQ(sem.Set(rule, text), 0) << rule;
      EXPECT_EQ(ReadOrFail(sem.path(rule)), text) << rule;
    }
  }
  sem.Expect({});
}

TEST(Wait, ReadTakesOneUnit) {
  Semaphore sem({.value = 2});
  EXPECT_EQ(ReadOrFail(sem.path("wait")), "1\n");
  sem.Expect({.value = 1});
}

// configfs asks once an open file: the rest is what it has kept.
TEST(Wait, ReadingOnTakesNoFurtherUnit) {
  Semaphore sem({.value = 2});
  File file(sem.path("wait"), O_RDWR);
  std::string text;
  EXPECT_EQ(file.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  EXPECT_EQ(file.Read(&text), 0);
  EXPECT_EQ(text, "");
  EXPECT_EQ(file.ReadAt(&text, 0), 0);
  EXPECT_EQ(text, "1\n");
  sem.Expect({.value = 1});
}

TEST(Wait, WriteTakesSoManyAndAgainOnTheSameFile) {
  Semaphore sem({.value = 6});
  File file(sem.path("wait"), O_WRONLY);
  EXPECT_EQ(file.Write("1"), 0);
  sem.Expect({.value = 5});
  EXPECT_EQ(file.Write("2\n"), 0);
  sem.Expect({.value = 3});
  EXPECT_EQ(file.WriteAt("3", 17), 0);
  sem.Expect({});
}

TEST(TryWait, ReadAndWriteTakeWhatIsThere) {
  Semaphore sem({.value = 4});
  EXPECT_EQ(ReadOrFail(sem.path("trywait")), "1\n");
  sem.Expect({.value = 3});
  EXPECT_EQ(sem.TryWait("3"), 0);
  sem.Expect({});
}

TEST(TryWait, NeverBlocksAndNeverTakesAPart) {
  Semaphore sem;
  std::string text;
  EXPECT_EQ(ReadFile(sem.path("trywait"), &text), EAGAIN);
  EXPECT_EQ(sem.TryWait(), EAGAIN);
  EXPECT_EQ(sem.Post("2"), 0);
  EXPECT_EQ(sem.TryWait("3"), EAGAIN);
  sem.Expect({.value = 2});
}

TEST(TryWait, AFailedReadCanBeTriedAgainOnTheSameFile) {
  Semaphore sem;
  File file(sem.path("trywait"), O_RDONLY);
  std::string text;
  EXPECT_EQ(file.Read(&text), EAGAIN);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(file.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  sem.Expect({});
}

TEST(TimedWait, TakesWhatIsThere) {
  Semaphore sem({.value = 4});
  EXPECT_EQ(sem.TimedWait("0"), 0);
  sem.Expect({.value = 3});
  EXPECT_EQ(sem.TimedWait("1h 2\n"), 0);
  sem.Expect({.value = 1});
}

TEST(TimedWait, EndsAfterTheDurationAndNotBefore) {
  using std::chrono::steady_clock;
  const std::map<std::string, std::chrono::milliseconds> kDurations = {
      {"0", {}},
      {"0.05", std::chrono::milliseconds(50)},
      {"50ms", std::chrono::milliseconds(50)},
      {"50000us", std::chrono::milliseconds(50)},
      {"50000000ns", std::chrono::milliseconds(50)},
      {"0.1s 2", std::chrono::milliseconds(100)},
      {"0.001m", std::chrono::milliseconds(60)},
      {"0.00002h", std::chrono::milliseconds(72)},
  };
  Semaphore sem;
  for (const auto& [text, duration] : kDurations) {
    const auto start = steady_clock::now();
    EXPECT_EQ(sem.TimedWait(text), ETIMEDOUT) << text;
    EXPECT_GE(steady_clock::now() - start, duration) << text;
    sem.Expect({});
  }
}

TEST(TimedWait, TimesOutAgainOnTheSameFile) {
  Semaphore sem({.value = 1});
  File file(sem.path("timedwait"), O_WRONLY);
  EXPECT_EQ(file.Write("1ms 2"), ETIMEDOUT);
  EXPECT_EQ(file.Write("1ms 1"), 0);
  EXPECT_EQ(file.Write("1ms 1"), ETIMEDOUT);
  sem.Expect({});
}

TEST(Post, GivesUnits) {
  Semaphore sem;
  File file(sem.path("post"), O_WRONLY);
  EXPECT_EQ(file.Write("1"), 0);
  EXPECT_EQ(file.Write("41\n"), 0);
  sem.Expect({.value = 42});
}

// As `echo >> file` and `tee -a` do.
TEST(Post, OpensWithEveryFlagOfTheShell) {
  Semaphore sem;
  for (int flags : {O_APPEND, O_TRUNC, O_CREAT | O_TRUNC}) {
    File file(sem.path("post"), O_WRONLY | flags);
    EXPECT_EQ(file.error(), 0);
    EXPECT_EQ(file.Write("1"), 0);
  }
  sem.Expect({.value = 3});
}

TEST(Files, ReadIsFreshAfterAWriteOnTheSameFile) {
  Semaphore sem;
  File file(sem.path("value"), O_RDWR);
  EXPECT_EQ(file.Write("5"), 0);
  std::string text;
  EXPECT_EQ(file.ReadAt(&text, 0), 0);
  EXPECT_EQ(text, "5\n");
}

}  // namespace
}  // namespace ksem_test

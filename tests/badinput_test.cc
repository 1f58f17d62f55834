// SPDX-License-Identifier: MIT
// Text, names and users that the files refuse, and that nothing changes then.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

using std::string_literals::operator""s;

struct BadText {
  std::string text;
  Errno error = EINVAL;
};

// No number to any file.
std::vector<BadText> NoNumbers() {
  std::vector<BadText> bad = {
      {"\n"},
      {" "},
      {"x"},
      {"-1"},
      {"+1"},
      {"-0"},
      {" 1"},
      {"1 "},
      {"1\n\n"},
      {"\n1"},
      {"1\r\n"},
      {"\t1"},
      {"1\t"},
      {"1 1"},
      {"1,5"},
      {"1.5"},
      {"1e3"},
      {"0x10"},
      {"0b1"},
      {"1x"},
      {"x1"},
      {"1k"},
      {"one"},
      {"--"},
      {"'1'"},
      {"1\0"s},
      {"1\0001"s},
      {"\0001"s},
      {"\0"s},
      {"1\n\0"s},
      {"\xff"},
      {"\x80\x81"},
      {"1\xc2\xa0"},
      {"\xd9\xa1"},
      {"\x1b[A"},
      {"%d"},
      {"1/2"},
      {"1;2"},
      {"$(id)"},
      {"1\v"},
      {"2147483648", ERANGE},
      {"4294967295", ERANGE},
      {"4294967296", ERANGE},
      {"4294967297", ERANGE},
      {"9223372036854775808", ERANGE},
      {"18446744073709551615", ERANGE},
      {"18446744073709551616", ERANGE},
      {"18446744073709551617", ERANGE},
      {"99999999999999999999", ERANGE},
      {std::string(4094, '9'), ERANGE},
      {std::string(4094, 'x')},
      {std::string(4094, ' ')},
  };
  // More than fits, however much of a number the part that fits may be.
  for (size_t size : {4095, 4096, 5000, 70000}) {
    bad.push_back({std::string(size - 1, '0') + "1"});
    bad.push_back({"1" + std::string(size - 1, '\n')});
    bad.push_back({std::string(size, '1')});
    bad.push_back({std::string(size, '\0')});
  }
  return bad;
}

std::string Shown(const BadText& bad) {
  return testing::PrintToString(bad.text.substr(0, 40)) + " of " +
         std::to_string(bad.text.size()) + " bytes";
}

// Writes each to the file, at the start and at an offset; the whole state must
// stay what it is.
void ExpectRefused(const std::string& name, const std::vector<BadText>& bad) {
  const State state = {.value = 3, .max = 5};
  Semaphore sem(state);
  File file(sem.path(name), O_WRONLY);
  ASSERT_EQ(file.error(), 0);
  for (const BadText& b : bad) {
    EXPECT_EQ(file.WriteAt(b.text, 0), b.error) << name << ": " << Shown(b);
    EXPECT_EQ(file.WriteAt(b.text, 5), b.error) << name << ": " << Shown(b);
    sem.Expect(state);
  }
  EXPECT_EQ(sem.TryWait(), 0) << "it was shut down";
}

std::vector<BadText> With(std::vector<BadText> bad,
                          const std::vector<BadText>& more) {
  bad.insert(bad.end(), more.begin(), more.end());
  return bad;
}

// An empty write reaches no file of configfs.
TEST(BadText, AnEmptyWriteChangesNothing) {
  for (const char* name :
       {"value", "max", "wait", "trywait", "timedwait", "post", "order", "fair",
        "shutdown", "undo", "mappable"}) {
    Semaphore sem({.value = 3, .max = 5});
    File file(sem.path(name), O_WRONLY);
    EXPECT_NE(write(file.fd(), "", 0), 1) << name;
    sem.Expect({.value = 3, .max = 5});
    EXPECT_EQ(sem.TryWait(), 0) << name;
  }
}

TEST(BadText, ForValue) {
  ExpectRefused("value", With(NoNumbers(),
                              {{"6", EOVERFLOW}, {"2147483647", EOVERFLOW}}));
}

TEST(BadText, ForMax) {
  ExpectRefused("max", With(NoNumbers(), {{"0"}, {"1"}, {"2"}, {"00"}}));
}

TEST(BadText, ForWait) {
  ExpectRefused("wait",
                With(NoNumbers(),
                     {{"0"}, {"0000"}, {"6", ERANGE}, {"2147483647", ERANGE}}));
}

TEST(BadText, ForTryWait) {
  ExpectRefused(
      "trywait",
      With(NoNumbers(),
           {{"0"}, {"4", EAGAIN}, {"6", ERANGE}, {"2147483647", ERANGE}}));
}

TEST(BadText, ForPost) {
  ExpectRefused(
      "post",
      With(NoNumbers(), {{"0"}, {"3", EOVERFLOW}, {"2147483647", EOVERFLOW}}));
}

TEST(BadText, ForShutdown) {
  ExpectRefused("shutdown", With(NoNumbers(), {{"0"}, {"2"}, {"2147483647"}}));
}

TEST(BadText, ForRules) {
  for (const char* rule : {"fair", "record", "undo", "mappable"}) {
    ExpectRefused(rule, With(NoNumbers(), {{"2"}, {"2147483647"}}));
    Semaphore sem;
    const std::string before = ReadOrFail(sem.path(rule));
    EXPECT_EQ(sem.Set(rule, "2"), EINVAL);
    EXPECT_EQ(ReadOrFail(sem.path(rule)), before);
  }
}

TEST(BadText, ForOrder) {
  ExpectRefused("order", {{"\n"},
                          {"x"},
                          {"FIFO"},
                          {"fif"},
                          {"fifoo"},
                          {"fifo "},
                          {" fifo"},
                          {"fifo\n\n"},
                          {"fifo\0"s},
                          {"fifo\0x"s},
                          {"fifo\n\0"s},
                          {"fifo priority"},
                          {"priorit"},
                          {"priority\r"},
                          {"priority,"},
                          {"0"},
                          {"1"},
                          {"lifo"},
                          {"priority\0"s + std::string(5000, 'x')},
                          {"priority\n" + std::string(5000, '\n')},
                          {std::string(4094, 'f')},
                          {std::string(5000, 'p')}});
}

TEST(BadText, ForTimedWait) {
  std::vector<BadText> bad = {
      // the duration
      {"\n"},
      {" "},
      {"x"},
      {"-1"},
      {"+1"},
      {"-1s"},
      {" 1s"},
      {"\n1s"},
      {"1S"},
      {"1Ms"},
      {"1 ms"},
      {"1sec"},
      {"1min"},
      {"1w"},
      {"1y"},
      {"1msx"},
      {"1m1s"},
      {"1h 30m"},
      {"s"},
      {"ms"},
      {"."},
      {".5"},
      {".5s"},
      {"1."},
      {"1.s"},
      {"1..5s"},
      {"1.5.5s"},
      {"1,5s"},
      {"1e3"},
      {"0x10"},
      {"inf"},
      {"1.-5"},
      {"1.+5s"},
      {"1\0s"s},
      {"1s\0"s},
      {"1s\0002"s},
      {"\0"s},
      {"1\xb5s"},
      {"1\xc2\xb5s"},
      {"1\xffs"},
      {"1s\r\n"},
      {"1s\n\n"},
      {"9223372037", ERANGE},
      {"9223372037s", ERANGE},
      {"9223372036.854775808s", ERANGE},
      {"9223372036854775808ns", ERANGE},
      {"18446744073709551616ns", ERANGE},
      {"99999999999999999999", ERANGE},
      {"153722868m", ERANGE},
      {"2562048h", ERANGE},
      {"106752d", ERANGE},
      {std::string(4000, '9') + "s", ERANGE},
      // the units
      {"1s "},
      {"1s  2"},
      {"1s\t2"},
      {"1s 2 "},
      {"1s 2 3"},
      {"1s 0"},
      {"1s 00"},
      {"1s -1"},
      {"1s +1"},
      {"1s x"},
      {"1s 1x"},
      {"1s 1.5"},
      {"1s 0x1"},
      {"1s 1s"},
      {"1s \n"},
      {"1s 1\n\n"},
      {"1s 1\0"s},
      {"1s,1"},
      {"1s1"},
      {"1s 2147483648", ERANGE},
      {"1s 4294967297", ERANGE},
      {"1s 18446744073709551617", ERANGE},
      {"0 6", ERANGE},
      {"0 2147483647", ERANGE},
      {"0 4", ETIMEDOUT},
      // more than fits
      {"1s " + std::string(4092, '1')},
      {"0." + std::string(4093, '0')},
      {"1s " + std::string(5000, '0') + "1"},
  };
  ExpectRefused("timedwait", bad);
}

// What looks odd and is fine.
TEST(GoodText, IsTaken) {
  const struct {
    const char* file;
    std::string text;
    unsigned value;  // 10 before
  } kGood[] = {
      {"post", "1\n", 11},
      {"post", "007", 17},
      {"post", std::string(4093, '0') + "1", 11},
      {"post", std::string(4092, '0') + "1\n", 11},
      {"wait", "010", 0},
      {"wait", "2\n", 8},
      {"value", "0", 0},
      {"value", "00\n", 0},
      {"value", "2147483647", kMax},
      {"timedwait", "0", 9},
      {"timedwait", "0\n", 9},
      {"timedwait", "00.000ns", 9},
      {"timedwait", "1.5", 9},
      {"timedwait", "0.1234567890123456789s 2\n", 8},
      {"timedwait", "1.999999999d 0000010", 0},
      {"timedwait", "9223372036.854775807", 9},
      {"timedwait", "9223372036854775807ns", 9},
      {"timedwait", "106751d 3", 7},
      {"timedwait", "0." + std::string(4090, '9') + " 2", 8},
  };
  for (const auto& good : kGood) {
    Semaphore sem({.value = 10});
    EXPECT_EQ(sem.Set(good.file, good.text), 0)
        << good.file << ": " << good.text;
    sem.Expect({.value = good.value});
  }
}

// Longer than the clock goes: waits until it gets its unit.
TEST(GoodText, TheLongestDuration) {
  Semaphore sem;
  Process waiter =
      StartWaiter(sem, {.file = "timedwait", .text = "9223372036854775807ns"});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({});
}

// An address that nobody may read or write.
void* const kNowhere =
    mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

// Reading with a bad buffer takes the unit, which stays for the next read.
TEST(BadBuffer, AUnitThatCouldNotBeHandedOutIsKept) {
  Semaphore sem({.value = 2});
  File file(sem.path("wait"), O_RDONLY);
  EXPECT_EQ(Errno::Of(pread(file.fd(), kNowhere, 10, 0)), EFAULT);
  sem.Expect({.value = 1});
  std::string text;
  EXPECT_EQ(file.ReadAt(&text, 0), 0);
  EXPECT_EQ(text, "1\n");
  sem.Expect({.value = 1});
}

TEST(BadBuffer, AWriteFromOneChangesNothing) {
  Semaphore sem({.value = 2});
  File file(sem.path("post"), O_WRONLY);
  EXPECT_EQ(Errno::Of(write(file.fd(), kNowhere, 1)), EFAULT);
  sem.Expect({.value = 2});
}

TEST(Names, WhatADirectoryCanBeCalled) {
  std::string latin;
  for (int c = 128; c < 256; c++) latin += static_cast<char>(c);
  for (const std::string& name : {"a"s,
                                  "0"s,
                                  "-rf"s,
                                  "with space"s,
                                  " "s,
                                  "..."s,
                                  ".hidden"s,
                                  "a.b"s,
                                  "%s%n%d"s,
                                  "*"s,
                                  "?"s,
                                  "'\"`$(id)"s,
                                  "\\"s,
                                  "a:b"s,
                                  "a,b"s,
                                  "~"s,
                                  "#"s,
                                  "größe"s,
                                  "セマフォ"s,
                                  latin,
                                  "wait"s,
                                  "value"s,
                                  "exactly-19-bytes-xx"s,
                                  "exactly-20-bytes-xxx"s,
                                  std::string(255, 'n')}) {
    Semaphore sem = Semaphore::Named(name);
    EXPECT_EQ(MakeDir(sem.path()), 0) << name;
    EXPECT_EQ(sem.Post(), 0) << name;
    sem.Expect({.value = 1});
    EXPECT_EQ(MakeDir(sem.path()), EEXIST) << name;
    EXPECT_EQ(sem.Remove(), 0) << name;
  }
}

TEST(Names, WhatItCannot) {
  EXPECT_EQ(MakeDir(kRoot + std::string(256, 'n')), ENAMETOOLONG);
  EXPECT_EQ(MakeDir(kRoot + "."s), EEXIST);
  EXPECT_EQ(MakeDir(kRoot + ".."s), EEXIST);
  EXPECT_EQ(MakeDir(kRoot + "a/b"s), ENOENT);
  std::string bad = "!\x7f";
  for (char c = 1; c < 32; c++) bad += c;
  for (char c : bad) {
    for (const std::string& name :
         {std::string(1, c), "a"s + c, c + "a"s, "a"s + c + "b"s}) {
      ASSERT_EQ(MakeDir(kRoot + name), EINVAL) << testing::PrintToString(name);
      ASSERT_FALSE(Exists(kRoot + name));
    }
  }
}

TEST(Permissions, OfAnOrdinaryUser) {
  Semaphore sem({.value = 3});
  Process user([&sem] {
    if (setgid(1000) || setuid(1000)) return 1;
    for (const char* name : {"value", "max", "waiters", "order"})
      if (File(sem.path(name), O_RDONLY).error() != 0) return 2;
    for (const char* name : {"wait", "trywait"})
      if (File(sem.path(name), O_RDONLY).error() != EACCES) return 3;
    for (const char* name : {"value", "max", "wait", "trywait", "timedwait",
                             "post", "order", "shutdown", "waiters"})
      if (File(sem.path(name), O_WRONLY).error() != EACCES) return 4;
    if (MakeDir(kRoot + UniqueName()) != EACCES) return 5;
    if (sem.Remove() != EACCES) return 6;
    return 0;
  });
  EXPECT_EQ(user.Result(), 0) << "a step failed, by number";
  sem.Expect({.value = 3});
}

TEST(Permissions, CanBeGiven) {
  Semaphore sem({.value = 3});
  ASSERT_EQ(Errno::Of(chown(sem.path("wait").c_str(), 1000, 1000)), 0);
  ASSERT_EQ(Errno::Of(chmod(sem.path("post").c_str(), 0222)), 0);
  Process user([&sem] {
    if (setgid(1000) || setuid(1000)) return Errno(EIO);
    const Errno error = sem.Wait("2");
    return error ? error : sem.Post();
  });
  EXPECT_EQ(user.Result(), 0);
  sem.Expect({.value = 2});
}

}  // namespace
}  // namespace ksem_test

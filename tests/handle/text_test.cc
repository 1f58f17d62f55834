// SPDX-License-Identifier: MIT
// Reading takes a unit and writing gives some, with text, as for a shell.
#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

// Reads up to a newline, byte by byte.
Errno ReadLine(const Handle& handle) {
  for (char byte = 0; byte != '\n';) {
    const ssize_t size = read(handle.fd(), &byte, 1);
    if (size != 1) return size < 0 ? errno : EPIPE;
  }
  return 0;
}

Errno ReadNow(const Handle& handle) {
  char text[8];
  const iovec buffer = {.iov_base = text, .iov_len = sizeof(text)};
  return Errno::Of(preadv2(handle.fd(), &buffer, 1, -1, RWF_NOWAIT));
}

TEST(Read, TakesAUnit) {
  Semaphore sem({.value = 2, .max = 5});
  Handle handle(sem);
  std::string text;
  EXPECT_EQ(handle.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  handle.Expect({.value = 1, .max = 5});
  EXPECT_EQ(handle.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  handle.Expect({.max = 5});
}

TEST(Read, OfNoByteTakesNothing) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  char byte;
  EXPECT_EQ(read(handle.fd(), &byte, 0), 0);
  handle.Expect({.value = 1});
}

// As shells read from what they can't seek in.
TEST(Read, ALineInSingleBytesIsOneUnit) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  EXPECT_EQ(ReadLine(handle), 0);
  handle.Expect({.value = 1});
  EXPECT_EQ(ReadLine(handle), 0);
  handle.Expect({});
}

// As in subshells that have a descriptor in common: nobody gets a line for
// which another took the unit.
TEST(Read, SingleBytesOfTwoReadersAreTwoUnits) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  char byte;
  EXPECT_EQ(read(handle.fd(), &byte, 1), 1);
  handle.Expect({.value = 2});
  Process other([&] { return ReadLine(handle); });
  EXPECT_EQ(other.Result(), 0);
  handle.Expect({.value = 1});
}

TEST(Read, ANewHandleBeginsWithANewLine) {
  Semaphore sem({.value = 2});
  char byte;
  {
    Handle first(sem);
    EXPECT_EQ(read(first.fd(), &byte, 1), 1);
  }
  Handle handle(sem);
  std::string text;
  EXPECT_EQ(handle.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  handle.Expect({});
}

TEST(Read, BlocksUntilAPost) {
  Semaphore sem;
  Handle handle(sem);
  Process reader = StartWaiter(sem, [&]() -> Errno {
    std::string text;
    if (Errno error = handle.Read(&text)) return error;
    return text == "1\n" ? 0 : EPROTO;
  });
  handle.Expect({.waiters = 1});
  EXPECT_EQ(handle.Write("1\n"), 0);
  EXPECT_EQ(reader.Result(), 0);
  handle.Expect({});
}

TEST(Read, SeveralThreadsBlockOnOneDescriptor) {
  constexpr unsigned kThreads = 8;
  Semaphore sem;
  Handle handle(sem);
  std::atomic<unsigned> done = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < kThreads; i++) {
    threads.emplace_back([&] {
      char text[8];
      if (read(handle.fd(), text, sizeof(text)) == 2) done++;
    });
  }
  EXPECT_TRUE(Eventually([&] { return sem.waiters() == kThreads; }));
  handle.Expect({.waiters = kThreads});
  EXPECT_EQ(handle.Write("3"), 0);
  EXPECT_TRUE(Eventually([&] { return done == 3; }));
  handle.Expect({.waiters = kThreads - 3});
  EXPECT_EQ(handle.Write("6"), 0);
  EXPECT_TRUE(Eventually([&] { return done == kThreads; }));
  handle.Expect({.value = 1});
}

TEST(Read, QueuesBehindTheFiles) {
  Semaphore sem;
  Handle handle(sem);
  Process file = StartWaiter(sem, {.text = "2"});
  Process reader = StartWaiter(sem, [&] {
    std::string text;
    return handle.Read(&text);
  });
  EXPECT_EQ(handle.Write("1"), 0);
  handle.Expect({.value = 1, .waiters = 2});
  EXPECT_EQ(sem.Post("1"), 0);
  EXPECT_EQ(file.Result(), 0);
  handle.Expect({.waiters = 1});
  EXPECT_EQ(sem.Post("1"), 0);
  EXPECT_EQ(reader.Result(), 0);
  handle.Expect({});
}

TEST(NonBlocking, ReadGivesEagain) {
  Semaphore sem;
  Handle handle(sem, O_RDWR | O_NONBLOCK);
  std::string text;
  EXPECT_EQ(handle.Read(&text), EAGAIN);
  handle.Expect({});
  EXPECT_EQ(handle.Write("1"), 0);
  handle.Expect({.value = 1});
  EXPECT_EQ(handle.Read(&text), 0);
  EXPECT_EQ(text, "1\n");
  handle.Expect({});
}

TEST(NonBlocking, CanBeSwitchedOn) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(fcntl(handle.fd(), F_SETFL, O_NONBLOCK), 0);
  std::string text;
  EXPECT_EQ(handle.Read(&text), EAGAIN);
  handle.Expect({});
}

TEST(NonBlocking, ForOneReadOnly) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  EXPECT_EQ(ReadNow(handle), 0);
  handle.Expect({});
  EXPECT_EQ(ReadNow(handle), EAGAIN);
  handle.Expect({});
}

TEST(NonBlocking, DoesNotOvertakeAWaiter) {
  Semaphore sem({.value = 1});
  Handle handle(sem, O_RDWR | O_NONBLOCK);
  Process waiter = StartWaiter(sem, {.text = "2"});
  std::string text;
  EXPECT_EQ(handle.Read(&text), EAGAIN);
  EXPECT_EQ(ReadNow(handle), EAGAIN);
  handle.Expect({.value = 1, .waiters = 1});
}

struct Text {
  std::string text;
  Errno error;
};

TEST(Write, BadTextGivesNothing) {
  const std::vector<Text> texts = {
      {"0", EINVAL},
      {"00\n", EINVAL},
      {"-1", EINVAL},
      {"+1", EINVAL},
      {" 1", EINVAL},
      {"1 ", EINVAL},
      {"1x", EINVAL},
      {"x", EINVAL},
      {"\n", EINVAL},
      {"1\n\n", EINVAL},
      {"1\r\n", EINVAL},
      {"1\n1\n", EINVAL},
      {"0x1", EINVAL},
      {"1.0", EINVAL},
      {std::string("1\0", 2), EINVAL},
      {std::string("\0", 1), EINVAL},
      {"2147483648", ERANGE},
      {"4294967297", ERANGE},
      {"18446744073709551617", ERANGE},
      {"2147483648x", EINVAL},
      {std::string(63, '0') + "1", EINVAL},
      {std::string(8192, '1'), EINVAL},
  };
  Semaphore sem({.value = 7});
  Handle handle(sem);
  for (const Text& bad : texts) {
    EXPECT_EQ(handle.Write(bad.text), bad.error) << bad.text;
    handle.Expect({.value = 7});
  }
  EXPECT_EQ(Errno::Of(write(handle.fd(), "1", 0)), EINVAL);
  const iovec bad_address = {.iov_base = nullptr, .iov_len = 1};
  EXPECT_EQ(Errno::Of(writev(handle.fd(), &bad_address, 1)), EFAULT);
  handle.Expect({.value = 7});
}

TEST(Write, GoodTextGivesUnits) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(handle.Write("1"), 0);
  handle.Expect({.value = 1});
  EXPECT_EQ(handle.Write("1\n"), 0);
  handle.Expect({.value = 2});
  EXPECT_EQ(handle.Write("007\n"), 0);
  handle.Expect({.value = 9});
  EXPECT_EQ(handle.Write(std::string(62, '0') + "1"), 0);
  handle.Expect({.value = 10});
  EXPECT_EQ(handle.Write("2147483637"), 0);
  handle.Expect({.value = kMax});
}

TEST(Write, InPiecesOfOneCallIsOneText) {
  Semaphore sem;
  Handle handle(sem);
  char one[] = "1", two[] = "2\n";
  const iovec pieces[] = {{one, 1}, {two, 2}};
  EXPECT_EQ(writev(handle.fd(), pieces, 2), 3);
  handle.Expect({.value = 12});
}

TEST(Write, NotAboveTheCeiling) {
  Semaphore sem({.value = 3, .max = 5});
  Handle handle(sem);
  EXPECT_EQ(handle.Write("3"), EOVERFLOW);
  handle.Expect({.value = 3, .max = 5});
  EXPECT_EQ(handle.Write("2"), 0);
  handle.Expect({.value = 5, .max = 5});
  EXPECT_EQ(handle.Write("1"), EOVERFLOW);
  EXPECT_EQ(handle.Write("2147483647"), EOVERFLOW);
  handle.Expect({.value = 5, .max = 5});
}

TEST(Text, HasNoPosition) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  std::string text;
  EXPECT_EQ(Errno::Of(lseek(handle.fd(), 0, SEEK_SET)), ESPIPE);
  EXPECT_EQ(Errno::Of(lseek(handle.fd(), 0, SEEK_CUR)), ESPIPE);
  EXPECT_EQ(handle.ReadAt(&text, 0), ESPIPE);
  EXPECT_EQ(handle.WriteAt("1", 0), ESPIPE);
  handle.Expect({.value = 1});
}

TEST(Text, ADescriptorForOneOfBoth) {
  Semaphore sem({.value = 1});
  Handle reading(sem, O_RDONLY);
  Handle writing(sem, O_WRONLY);
  std::string text;
  EXPECT_EQ(reading.Write("1"), EBADF);
  EXPECT_EQ(writing.Read(&text), EBADF);
  reading.Expect({.value = 1}, {.flags = 0});
  EXPECT_EQ(reading.Read(&text), 0);
  reading.Expect({}, {.flags = 0});
  EXPECT_EQ(writing.Write("2"), 0);
  writing.Expect({.value = 2}, {.flags = 0});
}

TEST(Text, AfterShutdownItIsEidrm) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  EXPECT_EQ(sem.Shutdown(), 0);
  std::string text;
  EXPECT_EQ(handle.Read(&text), EIDRM);
  EXPECT_EQ(ReadNow(handle), EIDRM);
  EXPECT_EQ(handle.Write("1"), EIDRM);
  EXPECT_EQ(handle.Write("x"), EINVAL);
  handle.Expect({.value = 1},
                {.flags = KSEM_INFO_SHUTDOWN | KSEM_INFO_MAPPABLE});
}

Process StartReader(const Semaphore& sem, Handle& handle, int flags) {
  return StartWaiter(sem, [&, flags] {
    HandleSignal(SIGUSR1, flags);
    std::string text;
    return handle.Read(&text);
  });
}

TEST(Signals, AHandlerGivesEintr) {
  Semaphore sem;
  Handle handle(sem);
  Process reader = StartReader(sem, handle, 0);
  reader.Signal(SIGUSR1);
  EXPECT_EQ(reader.Result(), EINTR);
  handle.Expect({});
}

TEST(Signals, SaRestartAndAStopGoOnWaiting) {
  Semaphore sem;
  Handle handle(sem);
  Process reader = StartReader(sem, handle, SA_RESTART);
  for (int signal : {SIGUSR1, SIGSTOP}) {
    const long sleeps = reader.sleeps();
    reader.Signal(signal);
    if (signal == SIGSTOP) {
      EXPECT_TRUE(Eventually([&] { return reader.state() == 'T'; }));
      handle.Expect({});
      reader.Signal(SIGCONT);
    }
    EXPECT_TRUE(Eventually(
        [&] { return reader.sleeps() > sleeps && sem.waiters() == 1; }));
    handle.Expect({.waiters = 1});
  }
  EXPECT_EQ(handle.Write("1"), 0);
  EXPECT_EQ(reader.Result(), 0);
  handle.Expect({});
}

TEST(Signals, WhoIsKilledLeavesTheQueue) {
  Semaphore sem;
  Handle handle(sem);
  Process first = StartReader(sem, handle, 0);
  Process second = StartReader(sem, handle, 0);
  first.Signal(SIGKILL);
  EXPECT_EQ(first.Join(), End{.signal = SIGKILL});
  handle.Expect({.waiters = 1});
  EXPECT_EQ(handle.Write("1"), 0);
  EXPECT_EQ(second.Result(), 0);
  handle.Expect({});
}

}  // namespace
}  // namespace ksem_test

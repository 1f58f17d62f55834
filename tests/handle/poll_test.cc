// SPDX-License-Identifier: MIT
// poll, select and epoll: when a handle is ready, and who wakes those that wait
// for it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

constexpr unsigned kIn = POLLIN | POLLRDNORM;
constexpr unsigned kOut = POLLOUT | POLLWRNORM;
constexpr int kLong = 600'000;  // ms

// What a handle is ready for, out of these.
unsigned Poll(const Handle& handle, unsigned events = kIn | kOut,
              int timeout = 0) {
  pollfd poll_fd = {.fd = handle.fd(), .events = static_cast<short>(events)};
  EXPECT_GE(poll(&poll_fd, 1, timeout), 0);
  return poll_fd.revents;
}

TEST(Poll, ReadableWhileAUnitIsThereWritableBelowTheCeiling) {
  Semaphore sem({.max = 2});
  Handle handle(sem);
  EXPECT_EQ(Poll(handle), kOut);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Poll(handle), kIn | kOut);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Poll(handle), kIn);
  EXPECT_EQ(sem.Set("max", "3"), 0);
  EXPECT_EQ(Poll(handle), kIn | kOut);
  EXPECT_EQ(sem.TryWait("2"), 0);
  EXPECT_EQ(Poll(handle), kOut);
  handle.Expect({.max = 3});
}

TEST(Poll, TakesNothing) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  for (int i = 0; i < 3; i++) EXPECT_EQ(Poll(handle), kIn | kOut);
  handle.Expect({.value = 1});
}

TEST(Poll, UnitsSavedUpForAWaiterAreNotToBeHad) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Process waiter = StartWaiter(sem, {.text = "2"});
  EXPECT_EQ(Poll(handle), kOut);
  waiter.Signal(SIGKILL);
  EXPECT_EQ(waiter.Join(), End{.signal = SIGKILL});
  EXPECT_EQ(Poll(handle), kIn | kOut);
  handle.Expect({.value = 1});
}

TEST(Poll, HangsUpAfterShutdown) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(Poll(handle), unsigned{POLLHUP | POLLERR});
  EXPECT_EQ(Poll(handle, 0), unsigned{POLLHUP | POLLERR});
}

TEST(Poll, SeesAPageOfAnother) {
  Semaphore sem({.max = 2});
  Handle handle(sem);
  Page page(handle);
  EXPECT_EQ(Poll(handle), kOut);
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(Poll(handle), kIn | kOut);
  EXPECT_EQ(page.Post(), 0);
  EXPECT_TRUE(page.TakeFast());
  EXPECT_TRUE(page.GiveFast());
  EXPECT_EQ(Poll(handle), kIn);
  handle.Expect({.value = 2, .max = 2});
}

TEST(Poll, TimesOut) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(Poll(handle, kIn, 50), 0u);
  handle.Expect({});
}

TEST(Select, KnowsAllThreeSets) {
  Semaphore sem({.max = 1});
  Handle handle(sem);
  const auto select_now = [&](bool in, bool out) {
    fd_set read, write, except;
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    FD_SET(handle.fd(), &read);
    FD_SET(handle.fd(), &write);
    FD_SET(handle.fd(), &except);
    timeval none = {};
    EXPECT_EQ(select(handle.fd() + 1, &read, &write, &except, &none), in + out);
    EXPECT_EQ(FD_ISSET(handle.fd(), &read), in);
    EXPECT_EQ(FD_ISSET(handle.fd(), &write), out);
    EXPECT_FALSE(FD_ISSET(handle.fd(), &except));
  };
  select_now(false, true);
  EXPECT_EQ(sem.Post(), 0);
  select_now(true, false);
  EXPECT_EQ(sem.Shutdown(), 0);
  select_now(true, true);  // neither would block
}

// A process that polls, and is asleep in it.
Process StartPoller(const Handle& handle, unsigned events, unsigned expected) {
  Process poller([&handle, events, expected]() -> Errno {
    return Poll(handle, events, kLong) == expected ? 0 : EPROTO;
  });
  EXPECT_TRUE(Eventually([&] { return poller.asleep(); }));
  return poller;
}

TEST(Woken, ByAFileAndByAHandle) {
  Semaphore sem;
  Handle handle(sem);
  Handle other(sem);
  for (const bool by_file : {true, false}) {
    Process poller = StartPoller(handle, kIn, kIn);
    EXPECT_EQ(by_file ? sem.Post() : other.Post(), 0);
    EXPECT_EQ(poller.Result(), 0);
    handle.Expect({.value = 1});
    EXPECT_EQ(sem.TryWait(), 0);
  }
}

TEST(Woken, ByTheKernelAlsoFromAnInterrupt) {
  LoadKernelUser();
  Semaphore sem;
  Handle handle(sem);
  KernelUser user(sem.name());
  for (const char* call : {"post", "irq_post"}) {
    for (const int count : {1, 3}) {
      std::vector<Process> pollers;
      for (int i = 0; i < count; i++) {
        pollers.push_back(StartPoller(handle, kIn, kIn));
      }
      EXPECT_EQ(user.Call(call), 0);
      for (Process& poller : pollers) EXPECT_EQ(poller.Result(), 0);
      handle.Expect({.value = 1});
      EXPECT_EQ(sem.TryWait(), 0);
    }
  }
}

TEST(Woken, ByAPageOfAnother) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  Process poller = StartPoller(handle, kIn, kIn);
  EXPECT_TRUE(Eventually([&] { return page.observed(); }));
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(poller.Result(), 0);
  handle.Expect({.value = 1});
}

TEST(Woken, ByATakerIfAtTheCeiling) {
  Semaphore sem({.value = 1, .max = 1});
  Handle handle(sem);
  Process poller = StartPoller(handle, kOut, kOut);
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(poller.Result(), 0);
  handle.Expect({.max = 1});
}

TEST(Woken, ByShutdown) {
  Semaphore sem;
  Handle handle(sem);
  Process poller = StartPoller(handle, kIn, POLLHUP | POLLERR);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(poller.Result(), 0);
}

TEST(Woken, ByUnitsThatComeBack) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Process holder([&]() -> Errno {
    Handle own(sem);
    if (own.Wait({.units = 1, .flags = KSEM_WAIT_UNDO})) return EPROTO;
    return Errno::Of(pause());
  });
  EXPECT_TRUE(Eventually([&] { return sem.state().value == 0; }));
  Process poller = StartPoller(handle, kIn, kIn);
  holder.Signal(SIGKILL);
  EXPECT_EQ(poller.Result(), 0);
  handle.Expect({.value = 1});
}

TEST(Woken, AllOfThem) {
  constexpr int kPollers = 10;
  Semaphore sem;
  Handle handle(sem);
  std::vector<Process> pollers;
  for (int i = 0; i < kPollers; i++) {
    pollers.push_back(StartPoller(handle, kIn, kIn));
  }
  EXPECT_EQ(sem.Post(), 0);
  for (Process& poller : pollers) EXPECT_EQ(poller.Result(), 0);
  handle.Expect({.value = 1});
}

class Epoll {
 public:
  Epoll(const Handle& handle, unsigned events)
      : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event = {.events = events, .data = {.u64 = 17}};
    EXPECT_EQ(epoll_ctl(fd_, EPOLL_CTL_ADD, handle.fd(), &event), 0);
  }
  ~Epoll() { close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  int fd() const { return fd_; }

  // The events that are there, or come in time.
  unsigned Wait(int timeout = 0) const {
    epoll_event event = {};
    const int count = epoll_wait(fd_, &event, 1, timeout);
    EXPECT_GE(count, 0);
    EXPECT_EQ(event.data.u64, count == 1 ? 17u : 0u);
    return event.events;
  }

 private:
  const int fd_;
};

// A give tells the pollers, and so does a take where there was no room.
TEST(FastPath, IsOpenToTakersMeanwhile) {
  Semaphore sem({.value = 2, .max = 3});
  Handle handle(sem);
  Page page(handle);
  Epoll epoll(handle, EPOLLIN | EPOLLOUT | EPOLLET);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN | EPOLLOUT});
  EXPECT_TRUE(page.TakeFast(2));
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_FALSE(page.GiveFast());
  EXPECT_EQ(page.Post(), 0);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN | EPOLLOUT});
  EXPECT_EQ(handle.Post({.units = 2}), 0);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN});
  EXPECT_FALSE(page.TakeFast());
  EXPECT_EQ(page.Wait(), 0);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN | EPOLLOUT});
  EXPECT_TRUE(page.TakeFast());
  handle.Expect({.value = 1, .max = 3});
}

// So that the next take is told.
TEST(FastPath, IsClosedByThePostThatTakesTheLastRoom) {
  Semaphore sem({.value = 2, .max = 3});
  Handle handle(sem);
  Page page(handle);
  Epoll epoll(handle, EPOLLOUT | EPOLLET);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLOUT});
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_TRUE(page.contended());
  EXPECT_EQ(page.Wait(), 0);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLOUT});
  handle.Expect({.value = 2, .max = 3});
}

// A post that has looked at the old ceiling may still come, and then find the
// word as it was.
TEST(FastPath, IsClosedWhilePolledOnceTheCeilingWasLowered) {
  Semaphore sem({.value = 1, .max = 3});
  Handle handle(sem);
  Page page(handle);
  {
    Epoll epoll(handle, EPOLLIN);
    EXPECT_TRUE(page.observed());
    EXPECT_FALSE(page.contended());
    EXPECT_EQ(sem.Set("max", "4"), 0);
    EXPECT_FALSE(page.contended());
    EXPECT_EQ(sem.Set("max", "2"), 0);
    EXPECT_TRUE(page.contended());
    EXPECT_EQ(page.Post(), 0);
    EXPECT_EQ(page.Post(), EOVERFLOW);
    EXPECT_EQ(page.Wait(), 0);
    EXPECT_EQ(sem.Set("max", "3"), 0);
    EXPECT_TRUE(page.contended());
  }
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_TRUE(page.TakeFast(2));
  handle.Expect({.max = 3});
}

// With one more post by the kernel at most.
TEST(FastPath, IsBackWhenThePollersAreGone) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Page page(handle);
  EXPECT_FALSE(page.contended());
  {
    Process poller = StartPoller(handle, POLLPRI, 0);
    EXPECT_TRUE(Eventually([&] { return page.observed(); }));
    EXPECT_EQ(handle.Wait(), 0);
    EXPECT_EQ(handle.Post(), 0);
    EXPECT_TRUE(page.observed());
    EXPECT_FALSE(page.GiveFast());
    poller.Signal(SIGKILL);
    EXPECT_EQ(poller.Join(), End{.signal = SIGKILL});
  }
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_FALSE(page.observed());
  EXPECT_TRUE(page.GiveFast());
  handle.Expect({.value = 3});
  EXPECT_TRUE(page.TakeFast(3));
  handle.Expect({});
}

// Waits by an epoll of its own, until the pipe ends that. Returns 0 if it was
// told of a unit.
Errno AwaitExclusively(const Handle& handle, int pipe) {
  Epoll epoll(handle, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = 18}};
  if (epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, pipe, &event) != 0) return errno;
  if (epoll_wait(epoll.fd(), &event, 1, -1) != 1) return EPROTO;
  return event.data.u64 == 17 ? 0 : EAGAIN;
}

// How many of three that do so are told of what `post` gives.
template <class Post>
int WokenExclusively(const Handle& handle, Post post) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::vector<Process> pollers;
  for (int i = 0; i < 3; i++) {
    pollers.emplace_back([&] { return AwaitExclusively(handle, ends[0]); });
    EXPECT_TRUE(Eventually([&] { return pollers.back().asleep(); }));
  }
  post();
  // The thread "ksem" may tell them.
  EXPECT_TRUE(Eventually([&] {
    return std::any_of(pollers.begin(), pollers.end(),
                       [](Process& poller) { return poller.ended(); });
  }));
  EXPECT_EQ(write(ends[1], "", 1), 1);
  int woken = 0;
  for (Process& poller : pollers) woken += poller.Result() == 0;
  close(ends[0]);
  close(ends[1]);
  return woken;
}

TEST(Epoll, ExclusivelyOneIsWokenByAPost) {
  LoadKernelUser();
  // The last one posts to the ceiling.
  for (const unsigned max : {3u, 2u}) {
    Semaphore sem({.max = max});
    Handle handle(sem);
    KernelUser user(sem.name());
    EXPECT_EQ(WokenExclusively(handle, [&] { handle.Post(); }), 1);
    EXPECT_EQ(sem.Set("value", "0"), 0);
    EXPECT_EQ(WokenExclusively(handle, [&] { user.Call("irq_post"); }), 1);
    EXPECT_EQ(sem.Set("value", "0"), 0);
    EXPECT_EQ(WokenExclusively(handle, [&] { handle.Post({.units = 2}); }), 1);
    handle.Expect({.value = 2, .max = max});
  }
}

TEST(Epoll, ByLevel) {
  Semaphore sem;
  Handle handle(sem);
  Epoll epoll(handle, EPOLLIN);
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_EQ(sem.Post("2"), 0);
  EXPECT_EQ(epoll.Wait(kLong), unsigned{EPOLLIN});
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN});
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN});
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(epoll.Wait(), 0u);
  handle.Expect({});
}

TEST(Epoll, ByEdge) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  Epoll epoll(handle, EPOLLIN | EPOLLET);
  EXPECT_EQ(epoll.Wait(kLong), unsigned{EPOLLIN});
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(epoll.Wait(), 0u);
  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(sem.Post(), 0);
    EXPECT_EQ(epoll.Wait(kLong), unsigned{EPOLLIN});
    EXPECT_EQ(epoll.Wait(), 0u);
  }
  handle.Expect({.value = 2});
}

TEST(Epoll, ByEdgeIsToldOfRoom) {
  Semaphore sem({.value = 2, .max = 2});
  Handle handle(sem);
  Epoll epoll(handle, EPOLLOUT | EPOLLET);
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(epoll.Wait(kLong), unsigned{EPOLLOUT});
  EXPECT_EQ(epoll.Wait(), 0u);
  handle.Expect({.value = 1, .max = 2});
}

TEST(Epoll, HangsUpAfterShutdown) {
  Semaphore sem;
  Handle handle(sem);
  Epoll epoll(handle, EPOLLIN | EPOLLET);
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(epoll.Wait(kLong), unsigned{EPOLLHUP | EPOLLERR});
}

TEST(Epoll, HoldsTheFastPathOnlyWhileItIsThere) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  Page page(handle);
  {
    Epoll epoll(handle, EPOLLIN);
    EXPECT_TRUE(page.observed());
    EXPECT_EQ(handle.Post(), 0);
    EXPECT_TRUE(page.observed());
  }
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_FALSE(page.observed());
  handle.Expect({.value = 5});
}

TEST(Epoll, OfAClosedHandleIsForgotten) {
  Semaphore sem({.value = 1});
  auto handle = std::make_unique<Handle>(sem);
  Epoll epoll(*handle, EPOLLIN);
  EXPECT_EQ(epoll.Wait(), unsigned{EPOLLIN});
  handle.reset();
  EXPECT_EQ(epoll.Wait(), 0u);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(epoll.Wait(), 0u);
  sem.Expect({.value = 2});
}

// Each that is told reads without blocking; the others wait on.
TEST(Epoll, NoUnitIsLeftWhileOthersPoll) {
  constexpr int kReaders = 4, kUnits = 400;
  Semaphore sem;
  Handle handle(sem, O_RDWR | O_NONBLOCK);
  std::vector<Process> readers;
  for (int i = 0; i < kReaders; i++) {
    readers.emplace_back([&]() -> Errno {
      Epoll epoll(handle, EPOLLIN | EPOLLET);
      for (int taken = 0; taken < kUnits / kReaders;) {
        std::string text;
        const Errno error = handle.Read(&text);
        if (!error) taken++;
        if (error == EAGAIN && !epoll.Wait(kLong)) return ETIMEDOUT;
      }
      return 0;
    });
  }
  for (int i = 0; i < kUnits; i++) EXPECT_EQ(sem.Post(), 0);
  for (Process& reader : readers) EXPECT_EQ(reader.Result(), 0);
  handle.Expect({});
}

}  // namespace
}  // namespace ksem_test

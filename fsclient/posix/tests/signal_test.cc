// SPDX-License-Identifier: MIT
// Signals, by the pages of sem_wait, sem_timedwait and sem_post in
// POSIX.1-2017, System Interfaces.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

sem_t* to_post;

void PostOne(int) {
  ++handled;
  sem_post(to_post);
}

// sem_wait, ERRORS, EINTR; with no unit taken.
TEST(Signal, InterruptsWait) {
  const Semaphore sem(0);
  const Handler handler;
  {
    const Signaller signaller;
    EXPECT_EQ(ErrnoOf(sem_wait(sem)), EINTR);
  }
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

// sigaction, DESCRIPTION, SA_RESTART: it goes on waiting.
TEST(Signal, InterruptsNoWaitThatRestarts) {
  const Semaphore sem(0);
  const Handler handler(SA_RESTART);
  {
    const Signaller signaller([&] { sem_post(sem); });
    EXPECT_EQ(sem_wait(sem), 0);
  }
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(ValueOf(sem), 0);
}

// sem_timedwait, ERRORS, EINTR.
TEST(Signal, InterruptsTimedWait) {
  const Semaphore sem(0);
  const Handler handler;
  const Signaller signaller;
  const timespec end = Never();
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &end)), EINTR);
}

// With SA_RESTART, too: POSIX has it go on, but this is what programs know.
TEST(Signal, InterruptsTimedWaitWhateverTheHandlerAsks) {
  const Semaphore sem(0);
  const Handler handler(SA_RESTART);
  const Signaller signaller;
  const timespec end = Never();
  EXPECT_EQ(ErrnoOf(sem_timedwait(sem, &end)), EINTR);
}

TEST(Signal, InterruptsClockWait) {
  const Semaphore sem(0);
  const Handler handler;
  const Signaller signaller;
  const timespec end = Never(CLOCK_MONOTONIC);
  EXPECT_EQ(ErrnoOf(sem_clockwait(sem, CLOCK_MONOTONIC, &end)), EINTR);
}

// sem_post, DESCRIPTION: a signal handler may call it, for the very thread that
// waits, too.
TEST(Signal, HandlerCanPost) {
  const Semaphore sem(0);
  to_post = sem;
  const Handler handler(0, PostOne);
  {
    const Signaller signaller;
    while (sem_wait(sem) != 0) ASSERT_EQ(errno, EINTR);
  }
  EXPECT_EQ(ValueOf(sem), 0);
}

sigjmp_buf before_wait;

// What the wait had there is overwritten.
[[gnu::noinline]] void UseTheStack() {
  char bytes[8192];
  memset(bytes, 0x55, sizeof(bytes));
  asm volatile("" : : "r"(bytes) : "memory");
}

// A thread that leaves a wait that way, and ends.
void* LeaveAndEnd(void* sem) {
  const Signaller signaller;
  if (sigsetjmp(before_wait, 1) == 0) sem_wait(static_cast<sem_t*>(sem));
  UseTheStack();
  pthread_exit(sem);
}

// siglongjmp, DESCRIPTION: a handler may leave what it has interrupted, as
// programs do that don't know sem_timedwait().
TEST(Signal, HandlerCanLeaveTheWait) {
  const Semaphore sem(0);
  EXPECT_EQ(InChild([&] {
              const Handler handler(0, [](int) {
                ++handled;
                siglongjmp(before_wait, 1);
              });
              pthread_t thread;
              void* result = nullptr;
              pthread_create(&thread, nullptr, LeaveAndEnd,
                             static_cast<sem_t*>(sem));
              pthread_join(thread, &result);
              return result != static_cast<sem_t*>(sem);
            }),
            0);
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

// What interrupts a wait takes no unit with it, however close they come.
TEST(Signal, LosesNoUnit) {
  constexpr int kRounds = 2000;
  const Semaphore sem(0);
  const Handler handler;
  std::atomic<int> taken = 0, posted = 0;
  std::atomic<bool> done = false;
  std::atomic<pid_t> waiter = 0;
  {
    std::jthread waiting([&] {
      waiter = gettid();
      while (!done) {
        if (sem_wait(sem) == 0) ++taken;
      }
    });
    while (waiter == 0) std::this_thread::yield();
    std::jthread signalling([&] {
      while (!done) {
        tgkill(getpid(), waiter, SIGUSR1);
        std::this_thread::yield();
      }
    });
    for (; posted < kRounds; ++posted) {
      ASSERT_EQ(sem_post(sem), 0);
      if (posted % 8 == 0) std::this_thread::yield();
    }
    EXPECT_TRUE(Eventually([&] { return taken == posted; }))
        << taken << " of " << posted;
    done = true;
    sem_post(sem);
    ++posted;
  }
  EXPECT_EQ(taken + ValueOf(sem), posted);
}

}  // namespace
}  // namespace posix_test

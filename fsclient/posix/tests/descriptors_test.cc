// SPDX-License-Identifier: MIT
// What programs do to descriptors that they haven't opened. A semaphore isn't
// one: sem_open, DESCRIPTION, says nothing of descriptors.
#include "fsclient/preload/tests/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

using preload_test::kWays;
using preload_test::kWaysNumber;
using preload_test::Way;

class Closing : public testing::TestWithParam<Way> {};

// All but the last, PastTheLibrary.
class ClosingByLibrary : public Closing {};

std::string NameOf(const testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(By, Closing, testing::ValuesIn(kWays), NameOf);
INSTANTIATE_TEST_SUITE_P(By, ClosingByLibrary,
                         testing::ValuesIn(kWays, kWays + kWaysNumber - 1),
                         NameOf);

// Two semaphores, which have to stay apart.
void ExpectApart(sem_t* none, sem_t* one) {
  EXPECT_EQ(ErrnoOf(sem_trywait(one)), EAGAIN);
  EXPECT_EQ(sem_post(one), 0);
  EXPECT_EQ(ErrnoOf(sem_trywait(none)), EAGAIN);
  const timespec soon = In(1);
  EXPECT_EQ(ErrnoOf(sem_timedwait(none, &soon)), ETIMEDOUT);
  EXPECT_EQ(ValueOf(none), 0);
  EXPECT_EQ(ValueOf(one), 1);
}

TEST_P(Closing, LeavesSemaphoresApart) {
  const Semaphore a(0), b(0), c(0);
  EXPECT_EQ(InChild([&] {
              GetParam().close();
              ExpectApart(a, b);
              EXPECT_EQ(ErrnoOf(sem_trywait(c)), EAGAIN);
              return testing::Test::HasFailure();
            }),
            0);
}

// Descriptors that the program opens then are its own, whatever their numbers.
TEST_P(Closing, LeavesTheProgramItsOwn) {
  const Semaphore a(0), b(0);
  EXPECT_EQ(InChild([&] {
              GetParam().close();
              int opened[40];
              for (int& fd : opened) fd = open("/dev/urandom", O_RDWR);
              ExpectApart(a, b);
              for (const int fd : opened) {
                char byte;
                EXPECT_EQ(read(fd, &byte, 1), 1);
                EXPECT_EQ(close(fd), 0);
              }
              return testing::Test::HasFailure();
            }),
            0);
}

// Threads that need it at the same moment afterwards.
TEST_P(Closing, LeavesSemaphoresToAllThreads) {
  constexpr int kRounds = 50, kThreads = 4;
  const Semaphore sem(0);
  EXPECT_EQ(InChild([&] {
              for (int round = 0; round < kRounds; ++round) {
                GetParam().close();
                AtOnce(kThreads,
                       [&] { EXPECT_EQ(ErrnoOf(sem_trywait(sem)), EAGAIN); });
              }
              return testing::Test::HasFailure();
            }),
            0);
}

// A waiter is woken, and wakes.
TEST_P(Closing, LosesNoWakeUp) {
  const Semaphore to(0), from(0);
  const pid_t child = fork();
  if (child == 0) {
    GetParam().close();
    open("/dev/urandom", O_RDWR);
    _exit(sem_wait(to) != 0 || sem_post(from) != 0);
  }
  EXPECT_EQ(sem_post(to), 0);
  EXPECT_EQ(sem_wait(from), 0);
  AwaitChildren();
}

// Nothing has to be opened anew: that might not be possible any more. Past the
// C library there is no help.
TEST_P(ClosingByLibrary, WorksIfItCannotBeOpenedAnew) {
  const Semaphore to(0), from(0);
  for (const bool jailed : {false, true}) {
    const pid_t child = fork();
    if (child == 0) {
      GetParam().close();
      if (!jailed) BecomeUser();
      if (jailed && (chroot("/tmp") != 0 || chdir("/") != 0)) _exit(2);
      _exit(sem_wait(to) != 0 || sem_post(from) != 0);
    }
    EXPECT_EQ(sem_post(to), 0);
    EXPECT_EQ(sem_wait(from), 0);
    AwaitChildren();
  }
}

// dup2, DESCRIPTION: the number is the program's afterwards, whichever it is.
TEST(Numbers, AreWhatTheProgramSays) {
  const Semaphore a(0), b(0);
  EXPECT_EQ(
      InChild([&] {
        const int null = open("/dev/null", O_RDWR);
        for (int fd = 3; fd < 1000; ++fd) {
          if (fd == null) continue;
          EXPECT_EQ(fd % 2 ? dup2(null, fd) : dup3(null, fd, O_CLOEXEC), fd);
        }
        ExpectApart(a, b);
        for (int fd = 3; fd < 1000; ++fd) {
          EXPECT_EQ(fcntl(fd, F_GETFD), fd % 2 || fd == null ? 0 : FD_CLOEXEC);
          EXPECT_EQ(write(fd, "1", 1), 1);
        }
        for (int fd = 3; fd < 1000; ++fd) EXPECT_EQ(close(fd), 0);
        EXPECT_EQ(ValueOf(b), 1);
        EXPECT_EQ(sem_trywait(b), 0);
        EXPECT_EQ(ErrnoOf(sem_trywait(a)), EAGAIN);
        return testing::Test::HasFailure();
      }),
      0);
}

// dup2, ERRORS, EBADF: and then nothing has happened.
TEST(Numbers, AreLeftAloneIfThereIsNothingToDuplicate) {
  const Semaphore a(0), b(0);
  EXPECT_EQ(InChild([&] {
              for (int fd = 3; fd < 1000; ++fd) {
                EXPECT_EQ(ErrnoOf(dup2(-1, fd)), EBADF);
              }
              ExpectApart(a, b);
              return testing::Test::HasFailure();
            }),
            0);
}

// What isn't the program's looks as if it weren't there.
TEST(Numbers, AreFree) {
  const Semaphore sem(0);
  EXPECT_EQ(InChild([&] {
              closefrom(3);
              for (int fd = 3; fd < 1000; ++fd) {
                EXPECT_EQ(ErrnoOf(fcntl(fd, F_GETFD)), EBADF) << fd;
                EXPECT_EQ(ErrnoOf(dup(fd)), EBADF) << fd;
                EXPECT_EQ(ErrnoOf(dup2(fd, 2)), EBADF) << fd;
                EXPECT_EQ(ErrnoOf(close(fd)), EBADF) << fd;
              }
              return testing::Test::HasFailure();
            }),
            0);
}

// A child of vfork() that arranges its descriptors changes nothing here.
TEST(Numbers, OfAChildThatSharesMemory) {
  const Semaphore a(0), b(0);
  const pid_t child = vfork();  // NOLINT: that is what it is about
  if (child == 0) {
    for (int fd = 3; fd < 1000; ++fd) dup2(0, fd);
    execl("/bin/true", "true", nullptr);
    _exit(1);
  }
  AwaitChildren();
  ExpectApart(a, b);
  EXPECT_EQ(sem_trywait(b), 0);
}

// pthread_atfork, DESCRIPTION: functions of the program's that are called
// before and after, here around all that others have told to be called.
void (*at_fork)() = nullptr;

[[maybe_unused]] const int registered = [] {
  const auto function = [] {
    if (at_fork != nullptr) at_fork();
  };
  return pthread_atfork(function, function, function);
}();

TEST(Fork, WithFunctionsThatArrangeDescriptors) {
  static sem_t* used;
  EXPECT_EQ(InChild([&] {
              const Semaphore a(0), b(0);
              used = a;
              at_fork = [] {
                for (int fd = 3; fd < 1000; ++fd) close(fd);
                dup2(0, 512);
                sem_post(used);
              };
              const pid_t child = fork();
              if (child == 0) _exit(0);
              at_fork = nullptr;
              int status = -1;
              EXPECT_EQ(waitpid(child, &status, 0), child);
              EXPECT_EQ(status, 0);
              EXPECT_EQ(ValueOf(a), 3);
              EXPECT_EQ(sem_post(b), 0);
              EXPECT_EQ(ValueOf(b), 1);
              return testing::Test::HasFailure();
            }),
            0);
}

// A lock of the program's that its own function takes before a fork, as for a
// library that is to be usable in the child.
TEST(Fork, WhileAThreadOpensOneUnderALock) {
  static std::mutex lock;
  static std::atomic<bool> locked, forking;
  locked = forking = false;
  EXPECT_EQ(InChild([] {
              const Semaphore sem(0);
              at_fork = [] {
                if (forking.exchange(true)) return;
                const bool got = Eventually([] { return lock.try_lock(); });
                EXPECT_TRUE(got);
                if (got) lock.unlock();
              };
              std::thread opener([&] {
                const std::scoped_lock held(lock);
                locked = true;
                while (!forking) std::this_thread::yield();
                EXPECT_EQ(sem_close(sem_open(sem.name(), 0)), 0);
              });
              while (!locked) std::this_thread::yield();
              const pid_t child = fork();
              if (child == 0) _exit(0);
              int status = -1;
              EXPECT_EQ(waitpid(child, &status, 0), child);
              EXPECT_EQ(status, 0);
              opener.join();
              return testing::Test::HasFailure();
            }),
            0);
}

// fork, DESCRIPTION: since 2017 it isn't async-signal-safe any more, but signal
// handlers do fork.
TEST(Fork, InASignalHandler) {
  const Semaphore keep(1);
  // The next signal comes when the last one was handled and the loop below went
  // on: on a slow machine there would always be one.
  const Shared<std::atomic<int>> rounds;
  static int forks;
  forks = 0;
  const Handler handler(SA_RESTART, [](int) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0 && waitpid(child, nullptr, 0) == child) ++forks;
  });
  // A fork in a fork would wait for glibc's own lock, with and without ksem.
  sigset_t pestered;
  sigemptyset(&pestered);
  sigaddset(&pestered, SIGUSR1);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &pestered, nullptr), 0);
  const pid_t pesterer = fork();
  if (pesterer == 0) {
    for (;;) {
      const int before = *rounds;
      kill(getppid(), SIGUSR1);
      while (*rounds == before) usleep(1000);
    }
  }
  ASSERT_EQ(pthread_sigmask(SIG_UNBLOCK, &pestered, nullptr), 0);
  while (forks < 200) {
    sem_t* const sem = sem_open(keep.name(), 0);
    ASSERT_NE(sem, SEM_FAILED);
    ASSERT_EQ(sem_close(sem), 0);
    ++*rounds;
  }
  kill(pesterer, SIGKILL);
  EXPECT_EQ(waitpid(pesterer, nullptr, 0), pesterer);
}

}  // namespace
}  // namespace posix_test

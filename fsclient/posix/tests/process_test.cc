// SPDX-License-Identifier: MIT
// Several processes, and what else a program may have: unnamed semaphores, and
// static objects that use a semaphore before main() begins.
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

// sem_open, DESCRIPTION: other processes get the same one by its name.
TEST(Process, FindsItByName) {
  const Semaphore sem(0);
  if (fork() == 0) {
    sem_t* same = sem_open(sem.name(), 0);
    _exit(same == SEM_FAILED || sem_post(same) != 0);
  }
  EXPECT_EQ(sem_wait(sem), 0);
  AwaitChildren();
}

// fork, DESCRIPTION: semaphores that are open are open in the child, too.
TEST(Process, InheritsIt) {
  const Semaphore sem(0), answer(0);
  if (fork() == 0) {
    _exit(sem_wait(sem) != 0 || sem_post(answer) != 0 || sem_close(sem) != 0);
  }
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(sem_wait(answer), 0);
  AwaitChildren();
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

TEST(Process, SharesALock) {
  constexpr int kProcesses = 4, kRounds = 3000;
  const Semaphore lock(1);
  const Shared<int> count;
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() == 0) {
      for (int round = 0; round < kRounds; ++round) {
        if (sem_wait(lock) != 0) _exit(1);
        volatile int& shared = *count;
        shared = shared + 1;
        if (sem_post(lock) != 0) _exit(1);
      }
      _exit(0);
    }
  }
  AwaitChildren();
  EXPECT_EQ(*count, kProcesses * kRounds);
  EXPECT_EQ(ValueOf(lock), 1);
}

// sem_open, DESCRIPTION, O_EXCL: there is only one that makes it, and nobody's
// units get lost meanwhile.
TEST(Process, OneOfThemMakesIt) {
  constexpr int kProcesses = 4, kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = FreshName();
    const Shared<std::atomic<int>> made;
    for (int i = 0; i < kProcesses; ++i) {
      if (fork() == 0) {
        sem_t* sem = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 1);
        if (sem != SEM_FAILED) {
          ++*made;
        } else {
          sem = sem_open(name.c_str(), O_CREAT, 0600, 1);
        }
        _exit(sem == SEM_FAILED || sem_post(sem) != 0);
      }
    }
    AwaitChildren();
    EXPECT_EQ(*made, 1);
    sem_t* sem = sem_open(name.c_str(), 0);
    ASSERT_NE(sem, SEM_FAILED);
    EXPECT_EQ(ValueOf(sem), 1 + kProcesses);
    EXPECT_EQ(sem_close(sem), 0);
    EXPECT_EQ(sem_unlink(name.c_str()), 0);
  }
}

// A waiter that is killed takes nothing with it.
TEST(Process, MayBeKilled) {
  const Semaphore sem(0);
  const pid_t child = fork();
  if (child == 0) _exit(sem_wait(sem));
  EXPECT_TRUE(Eventually([=] {
    int status;
    kill(child, SIGKILL);
    return waitpid(child, &status, WNOHANG) == child;
  }));
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

// sem_init, DESCRIPTION: unnamed ones, next to named ones.
TEST(Unnamed, WorksWithAllFunctions) {
  const Semaphore named(5);
  sem_t sem;
  ASSERT_EQ(sem_init(&sem, 0, 1), 0);
  EXPECT_EQ(ValueOf(&sem), 1);
  EXPECT_EQ(sem_wait(&sem), 0);
  EXPECT_EQ(ErrnoOf(sem_trywait(&sem)), EAGAIN);
  const timespec soon = In(10), soon_by_other = In(10, CLOCK_MONOTONIC);
  EXPECT_EQ(ErrnoOf(sem_timedwait(&sem, &soon)), ETIMEDOUT);
  EXPECT_EQ(ErrnoOf(sem_clockwait(&sem, CLOCK_MONOTONIC, &soon_by_other)),
            ETIMEDOUT);
  EXPECT_EQ(sem_post(&sem), 0);
  EXPECT_EQ(sem_trywait(&sem), 0);
  EXPECT_EQ(sem_destroy(&sem), 0);
  EXPECT_EQ(ValueOf(named), 5);
}

TEST(Unnamed, WorksBetweenProcesses) {
  const Shared<sem_t> sem;
  ASSERT_EQ(sem_init(&*sem, 1, 0), 0);
  if (fork() == 0) _exit(sem_post(&*sem));
  EXPECT_EQ(sem_wait(&*sem), 0);
  AwaitChildren();
}

struct Early {
  Early() {
    sem_t* sem = sem_open("/posix-test-early", O_CREAT, 0600, 0);
    worked = sem != SEM_FAILED && sem_post(sem) == 0 && sem_wait(sem) == 0 &&
             sem_close(sem) == 0;
    sem_unlink("/posix-test-early");
    sem_t unnamed;
    worked = worked && sem_init(&unnamed, 0, 1) == 0 && sem_wait(&unnamed) == 0;
  }
  bool worked;
};

const Early early;

TEST(StaticObject, CanUseThem) { EXPECT_TRUE(early.worked); }

}  // namespace
}  // namespace posix_test

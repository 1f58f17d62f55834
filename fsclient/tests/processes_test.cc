// SPDX-License-Identifier: MIT
// Several processes: forked ones use the object that they inherit.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

// Its exit status is 0 if `work` returned true.
pid_t in_child(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  return child;
}

int status_of(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(Processes, ParentAndChildTrade) {
  Fresh there, back;
  const pid_t child = in_child([&] {
    for (int i = 0; i < 100; i++) {
      there->acquire();
      back->release();
    }
    return true;
  });
  for (int i = 0; i < 100; i++) {
    there->release();
    back->acquire();
  }
  EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*there, .value = 0);
  EXPECT_STATE(*back, .value = 0);
}

// Both have used the object before the fork, so descriptors are kept; were they
// shared, one process would wait for the other's system call to end.
TEST(Processes, ParentAndChildBlockAtOnce) {
  Fresh sem({.value = 2});
  sem->acquire();
  EXPECT_TRUE(sem->try_acquire_for(kLong));
  const pid_t child = in_child([&] {
    sem->acquire();
    return sem->try_acquire_for(kLong);
  });
  std::thread parent([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 2));
  std::thread timed([&] { EXPECT_TRUE(sem->try_acquire_for(kLong)); });
  ASSERT_TRUE(blocked(*sem, 3));
  EXPECT_STATE(*sem, .value = 0, .waiters = 3);
  sem->release(4);
  parent.join();
  timed.join();
  EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Processes, ForkWhileAThreadIsBlocked) {
  Fresh sem;
  std::thread waiter([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 1));
  const pid_t child = in_child([&] {
    sem->acquire();
    return true;
  });
  ASSERT_TRUE(blocked(*sem, 2));
  sem->release(2);
  waiter.join();
  EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Processes, GrandchildrenToo) {
  Fresh sem({.value = 1});
  sem->acquire();
  sem->release();
  const pid_t child = in_child([&] {
    sem->acquire();
    sem->release();
    const pid_t grandchild = in_child([&] {
      sem->acquire();
      sem->release();
      return true;
    });
    int status;
    return waitpid(grandchild, &status, 0) == grandchild && status == 0;
  });
  EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Processes, ManyShareFairly) {
  constexpr int kProcesses = 8, kRounds = 200, kUnits = 2;
  Fresh sem({.value = kUnits, .max = kUnits});
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; i++) {
    children.push_back(in_child([&] {
      Semaphore own = Semaphore::open(sem.name(), options());
      for (int round = 0; round < kRounds; round++) {
        own.acquire();
        own.release();
      }
      return true;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*sem, .value = kUnits, .max = kUnits);
}

TEST(Processes, KilledWhileBlockedTakesNothing) {
  Fresh sem;
  const pid_t child = in_child([&] {
    sem->acquire();
    return true;
  });
  ASSERT_TRUE(blocked(*sem, 1));
  kill(child, SIGKILL);
  EXPECT_EQ(WTERMSIG(status_of(child)), SIGKILL);
  EXPECT_STATE(*sem, .value = 0);
  sem->release();
  EXPECT_STATE(*sem, .value = 1);
}

TEST(Processes, StoppedAndContinuedGoesOnWaiting) {
  Fresh sem;
  const pid_t child = in_child([&] {
    sem->acquire();
    return true;
  });
  ASSERT_TRUE(blocked(*sem, 1));
  kill(child, SIGSTOP);
  int status;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  kill(child, SIGCONT);
  ASSERT_TRUE(blocked(*sem, 1));
  sem->release();
  EXPECT_EQ(status_of(child), 0);
  EXPECT_STATE(*sem, .value = 0);
}

}  // namespace
}  // namespace ksem

// SPDX-License-Identifier: MIT
// Options::undo: units come back with the object, or the process.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

#include "fsclient/tests/support.h"
#include "ksem/units.h"

namespace ksem {
namespace {

Semaphore open_undo(const Fresh& sem) {
  return Semaphore::open(sem.name(), {.undo = true});
}

// Takes one unit in each way there is.
void take_four(Semaphore& sem) {
  sem.acquire();
  EXPECT_TRUE(sem.acquire(std::stop_source().get_token()));
  EXPECT_TRUE(sem.try_acquire());
  EXPECT_TRUE(sem.try_acquire_for(kLong));
}

TEST(Undo, WithTheObject) {
  Fresh sem({.value = 6, .max = 6});
  {
    Semaphore undo = open_undo(sem);
    take_four(undo);
    EXPECT_STATE(*sem, .value = 2, .max = 6);
    undo.release(2);
    EXPECT_STATE(*sem, .value = 4, .max = 6);
  }
  EXPECT_STATE(*sem, .value = 6, .max = 6);
}

TEST(Undo, NothingIsLeftToUndo) {
  Fresh sem({.value = 6});
  {
    Semaphore undo = open_undo(sem);
    take_four(undo);
    undo.release(4);
  }
  EXPECT_STATE(*sem, .value = 6);
}

TEST(Undo, NotWithoutIt) {
  Fresh sem({.value = 6});
  { take_four(*std::make_unique<Semaphore>(Semaphore::open(sem.name()))); }
  EXPECT_STATE(*sem, .value = 2);
}

// Killed at any moment of a pair: while it blocks, too.
TEST(Undo, WithAKilledProcess) {
  constexpr int kProcesses = 3, kUnits = 2;
  Fresh sem({.value = kUnits, .max = kUnits});
  for (int round = 0; round < 30; round++) {
    pid_t children[kProcesses];
    for (pid_t& child : children) {
      child = fork();
      if (child == 0) {
        Semaphore undo = open_undo(sem);
        for (;;) {
          undo.acquire();
          undo.release();
        }
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 10));
    for (const pid_t child : children) kill(child, SIGKILL);
    for (const pid_t child : children) {
      ASSERT_EQ(waitpid(child, nullptr, 0), child);
    }
    ASSERT_STATE(*sem, .value = kUnits, .max = kUnits);
  }
}

TEST(Undo, WakesWhoWaitsForThem) {
  Fresh sem({.value = 1});
  const pid_t child = fork();
  if (child == 0) {
    Semaphore undo = open_undo(sem);
    undo.acquire();
    for (;;) pause();
  }
  ASSERT_TRUE(eventually([&] { return sem->value() == 0; }));
  std::thread waiter([&] { sem->acquire(); });
  ASSERT_TRUE(blocked(*sem, 1));
  kill(child, SIGKILL);
  waiter.join();
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Undo, ParentAndChildAreOneHolder) {
  Fresh sem({.value = 2});
  auto undo = std::make_unique<Semaphore>(open_undo(sem));
  undo->acquire();
  EXPECT_TRUE(in_child_ok([&] { return undo->try_acquire(); }));
  EXPECT_STATE(*sem, .value = 0);
  undo.reset();
  EXPECT_STATE(*sem, .value = 2);
}

TEST(Undo, CancelledItHasNothing) {
  Fresh sem;
  Semaphore undo = open_undo(sem);
  std::thread waiter([&] { undo.acquire(); });
  ASSERT_TRUE(blocked(*sem, 1));
  pthread_cancel(waiter.native_handle());
  sem->release();
  waiter.join();
  const int left = sem->value();
  { Semaphore gone = std::move(undo); }
  EXPECT_STATE(*sem, .value = 1);
  RecordProperty("left", left);
}

}  // namespace
}  // namespace ksem

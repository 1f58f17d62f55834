// SPDX-License-Identifier: MIT
// rmdir: refused at once while somebody is blocked, and never a hang.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

// In a process of its own, so that a hang fails one test and no more.
void ExpectBusyAtOnce(const Semaphore& sem) {
  Process rmdir([&sem] { return sem.Remove(); });
  EXPECT_EQ(rmdir.Result(), EBUSY);
}

TEST(Remove, AnIdleSemaphore) {
  Semaphore sem({.value = 7});
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_FALSE(Exists(sem.path()));
  EXPECT_EQ(sem.Remove(), ENOENT);
  EXPECT_EQ(sem.Post(), ENOENT);
}

class RemoveBlocked : public testing::TestWithParam<WaiterOptions> {};

INSTANTIATE_TEST_SUITE_P(By, RemoveBlocked, testing::ValuesIn(WaysToBlock()),
                         WayToBlock);

// The wedge: rmdir of a semaphore with a blocked reader, and then somebody who
// wants to open post, all hung.
TEST_P(RemoveBlocked, IsRefusedAndPostGoesOn) {
  Semaphore sem;
  File kept(sem.path("post"), O_WRONLY);
  Process first = StartWaiter(sem, GetParam());
  Process second = StartWaiter(sem, GetParam());
  ExpectBusyAtOnce(sem);
  sem.Expect({.waiters = 2});

  Process post([&sem] { return sem.Post(); });
  EXPECT_EQ(post.Result(), 0);
  EXPECT_EQ(first.Result(), 0);
  ExpectBusyAtOnce(sem);
  EXPECT_EQ(kept.Write("1"), 0);
  EXPECT_EQ(second.Result(), 0);
  sem.Expect({});
  EXPECT_EQ(sem.Remove(), 0);
}

TEST_P(RemoveBlocked, WorksOnceTheWaiterIsGone) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, GetParam());
  ExpectBusyAtOnce(sem);
  waiter.Signal(SIGKILL);
  waiter.Join();
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Remove, OpenFilesOfARemovedSemaphoreAreDead) {
  Semaphore sem({.value = 1});
  File post(sem.path("post"), O_WRONLY);
  File wait(sem.path("wait"), O_RDWR);
  File value(sem.path("value"), O_RDONLY);
  EXPECT_EQ(sem.Remove(), 0);
  std::string text;
  EXPECT_EQ(post.Write("1"), ENOENT);
  EXPECT_EQ(wait.Write("1"), ENOENT);
  EXPECT_EQ(wait.Read(&text), ENOENT);
  EXPECT_EQ(value.Read(&text), ENOENT);

  EXPECT_EQ(MakeDir(sem.path()), 0);
  sem.Expect({});
  EXPECT_EQ(post.Write("1"), ENOENT);
  sem.Expect({});
}

TEST(Remove, ANameCanBeUsedAgain) {
  Semaphore sem = Semaphore::Named(UniqueName());
  for (int i = 0; i < 200; i++) {
    ASSERT_EQ(MakeDir(sem.path()), 0);
    sem.Expect({});
    ASSERT_EQ(sem.Post("3"), 0);
    ASSERT_EQ(sem.Set("max", "5"), 0);
    ASSERT_EQ(sem.Set("order", "priority"), 0);
    sem.Expect({.value = 3, .max = 5, .order = "priority"});
    ASSERT_EQ(sem.Remove(), 0);
  }
}

TEST(Remove, IsRefusedWhileTheKernelHoldsIt) {
  LoadKernelUser();
  Semaphore sem({.value = 1});
  KernelUser user(sem.name());
  ExpectBusyAtOnce(sem);
  EXPECT_EQ(sem.TryWait(), 0);
  EXPECT_EQ(sem.Post("2"), 0);
  sem.Expect({.value = 2});
  EXPECT_EQ(user.Release(), 0);
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Remove, IsRefusedWhileTheKernelHoldsItAndAFileIsBlocked) {
  LoadKernelUser();
  Semaphore sem;
  KernelUser user(sem.name());
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(user.Release(), 0);
  ExpectBusyAtOnce(sem);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Remove, WhatTheKernelMadeStays) {
  LoadKernelUser();
  Semaphore sem = Semaphore::Named(UniqueName());
  KernelUser user(sem.name());
  EXPECT_EQ(sem.Remove(), EPERM);
  sem.Expect({.value = 3, .max = 10});
  EXPECT_EQ(user.Release(), 0);
  EXPECT_EQ(sem.Remove(), ENOENT);
}

}  // namespace
}  // namespace ksem_test

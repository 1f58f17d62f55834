// SPDX-License-Identifier: MIT
// SEM_UNDO, by the page of semop in POSIX.1-2017, System Interfaces, and by
// semop(2).
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "fsclient/sysv/tests/support.h"

namespace sysv_test {
namespace {

bool AwaitValue(const Set& set, int value, int member = 0) {
  return Eventually([&] { return set.Value(member) == value; });
}

// A process that operates on a set and goes on living.
class Holder : public Child {
 public:
  Holder(const Set& set, const std::vector<sembuf>& operations)
      : Child([&] {
          if (set.Operate(operations) != 0) return 1;
          for (;;) pause();
        }) {}
};

// semop, DESCRIPTION, 1: with SEM_UNDO what was taken is given back when the
// process ends.
TEST(Undo, GivesBackAtTheEnd) {
  const Set set({3});
  EXPECT_EQ(InChild([&] { return set.Operate({Take(2, 0, SEM_UNDO)}); }), 0);
  EXPECT_TRUE(AwaitValue(set, 3));
}

TEST(Undo, GivesBackWhenKilled) {
  const Set set({3, 1});
  Holder holder(set, {Take(2, 0, SEM_UNDO), Take(1, 1)});
  EXPECT_TRUE(AwaitValue(set, 1));
  holder.Kill();
  EXPECT_TRUE(AwaitValue(set, 3));
  EXPECT_EQ(set.Value(1), 0);
}

// semop, DESCRIPTION, 2: what was given is taken.
TEST(Undo, TakesBack) {
  const Set set({1});
  Holder holder(set, {Give(2, 0, SEM_UNDO)});
  EXPECT_TRUE(AwaitValue(set, 3));
  holder.Kill();
  EXPECT_TRUE(AwaitValue(set, 1));
}

// semop(2), BUGS: as far as it is there, down to 0.
TEST(Undo, TakesBackWhatIsThere) {
  const Set set({0});
  Holder holder(set, {Give(3, 0, SEM_UNDO)});
  EXPECT_TRUE(AwaitValue(set, 3));
  EXPECT_EQ(set.Operate({Take(2)}), 0);
  holder.Kill();
  EXPECT_TRUE(AwaitValue(set, 0));
}

// semop, DESCRIPTION: semadj is the sum of all that was done.
TEST(Undo, AddsUp) {
  const Set set({5});
  Holder holder(set, {Take(3, 0, SEM_UNDO), Give(1, 0, SEM_UNDO), Give(1)});
  EXPECT_TRUE(AwaitValue(set, 4));
  holder.Kill();
  EXPECT_TRUE(AwaitValue(set, 6));
}

// What balances is nobody's concern.
TEST(Undo, LeavesWhatBalances) {
  const Set set({1});
  const int child = InChild([&] {
    return set.Operate({Take(1, 0, SEM_UNDO)}) +
           set.Operate({Give(1, 0, SEM_UNDO)});
  });
  EXPECT_EQ(child, 0);
  EXPECT_EQ(set.Value(), 1);
}

// What comes back wakes blocked tasks.
TEST(Undo, Wakes) {
  const Set set({1});
  Holder holder(set, {Take(1, 0, SEM_UNDO)});
  EXPECT_TRUE(AwaitValue(set, 0));
  Child waiter([&] { return set.Operate({Take(1, 0, SEM_UNDO)}); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  holder.Kill();
  EXPECT_EQ(waiter.Join(), 0);
  EXPECT_TRUE(AwaitValue(set, 1));
}

// What failed isn't undone.
TEST(Undo, LeavesWhatWasNotDone) {
  const Set set({1, 0});
  const int child = InChild([&] {
    return set.Operate({Take(1, 0, SEM_UNDO), Take(1, 1, IPC_NOWAIT)});
  });
  EXPECT_EQ(child, EAGAIN);
  EXPECT_EQ(set.Value(), 1);
}

// fork, DESCRIPTION: semadj values are cleared in the child. The end of the
// child undoes what the child did, the end of the parent what the parent did.
TEST(Undo, IsNotForTheChild) {
  const Set set({3}), other({0, 0});
  Child parent([&] {
    if (set.Operate({Take(1, 0, SEM_UNDO)}) != 0) return 1;
    if (fork() == 0) {
      _exit(set.Operate({Take(1, 0, SEM_UNDO)}));
    }
    AwaitChildren();
    if (set.Value() != 2) return 2;
    // This one lives on until the test is over.
    if (fork() == 0) {
      _exit(other.Operate({Give(1, 0)}) + other.Operate({Take(1, 1)}));
    }
    return other.Operate({Take(1, 0)});
  });
  EXPECT_EQ(parent.Join(), 0);
  // Though there still is a child.
  EXPECT_TRUE(AwaitValue(set, 3));
}

// The same for all of a child's threads, whichever is the first to operate.
TEST(Undo, IsForAllThreadsOfTheChild) {
  constexpr int kRounds = 200, kThreads = 4;
  const Set set({kThreads});
  for (int round = 0; round < kRounds; ++round) {
    const int left = InChild([&] {
      AtOnce(kThreads,
             [&] { EXPECT_EQ(set.Operate({Take(1, 0, SEM_UNDO)}), 0); });
      return set.Value();
    });
    ASSERT_EQ(left, 0) << "round " << round;
    ASSERT_TRUE(AwaitValue(set, kThreads));
  }
}

// unshare(2), CLONE_SYSVSEM: what the process has done is undone, as if it had
// ended.
TEST(Undo, IsDoneByUnshare) {
  const Set set({3});
  EXPECT_EQ(InChild([&] {
              if (set.Operate({Take(2, 0, SEM_UNDO)}) != 0) return 1;
              if (unshare(CLONE_SYSVSEM) != 0) return 2;
              if (set.Value() != 3) return 3;
              if (set.Operate({Take(1, 0, SEM_UNDO)}) != 0) return 4;
              return set.Value() == 2 ? 0 : 5;
            }),
            0);
  EXPECT_TRUE(AwaitValue(set, 3));
}

// unshare(2), CLONE_NEWIPC: implies it. The kernel's sets are out of reach
// then, so the parent looks.
TEST(Undo, IsDoneByANewNamespace) {
  const Set set({3});
  const Shared<std::atomic<int>> result;
  *result = -1;
  Child child([&] {
    int error = set.Operate({Take(2, 0, SEM_UNDO)});
    if (error == 0) error = ErrnoOf(unshare(CLONE_NEWIPC));
    *result = error;
    for (;;) pause();
    return 0;
  });
  EXPECT_TRUE(Eventually([&] { return *result >= 0; }));
  if (*result == EINVAL) GTEST_SKIP() << "a kernel without such namespaces";
  EXPECT_EQ(*result, 0);
  EXPECT_EQ(set.Value(), 3);
}

// The same, by one of several threads: not as long as there are others.
TEST(Undo, IsNotDoneByUnshareOfAThread) {
  const Set set({3});
  EXPECT_EQ(InChild([&] {
              if (set.Operate({Take(2, 0, SEM_UNDO)}) != 0) return 1;
              int unshared = -1;
              std::thread([&] { unshared = unshare(CLONE_SYSVSEM); }).join();
              if (unshared != 0) return 2;
              return set.Value() == 1 ? 0 : 3;
            }),
            0);
  EXPECT_TRUE(AwaitValue(set, 3));
}

// semop(2): threads are one process.
TEST(Undo, IsNotForAThread) {
  const Set set({1});
  std::thread([&] {
    EXPECT_EQ(set.Operate({Take(1, 0, SEM_UNDO)}), 0);
  }).join();
  EXPECT_EQ(set.Value(), 0);
  EXPECT_EQ(set.Operate({Give(1, 0, SEM_UNDO)}), 0);
}

// semctl(2), SETVAL and SETALL: what is to be undone is cleared, in all
// processes.
TEST(Undo, IsForgottenWhenAValueIsSet) {
  const Set set({3, 3});
  Holder holder(set, {Take(2, 0, SEM_UNDO), Give(2, 1, SEM_UNDO)});
  EXPECT_TRUE(AwaitValue(set, 1));
  EXPECT_EQ(set.SetValue(10), 0);
  holder.Kill();
  EXPECT_TRUE(AwaitValue(set, 3, 1));
  EXPECT_EQ(set.Value(), 10);
  Holder other(set, {Take(2, 0, SEM_UNDO), Give(2, 1, SEM_UNDO)});
  EXPECT_TRUE(AwaitValue(set, 8));
  unsigned short values[] = {4, 4};
  EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, SETALL, semun{.array = values})), 0);
  other.Kill();
  EXPECT_EQ(set.Values(), std::vector<int>({4, 4}));
}

// Some of them are killed while they hold the lock, and no unit gets lost.
TEST(Undo, LosesNoUnit) {
  constexpr int kRounds = 40;
  const Set set({1});
  for (int round = 0; round < kRounds; ++round) {
    Child worker([&] {
      for (;;) {
        if (set.Operate({Take(1, 0, SEM_UNDO)}) != 0) return 1;
        if (set.Operate({Give(1, 0, SEM_UNDO)}) != 0) return 2;
      }
    });
    usleep(500 + round * 50);
    worker.Kill();
    ASSERT_TRUE(AwaitValue(set, 1));
  }
}

}  // namespace
}  // namespace sysv_test

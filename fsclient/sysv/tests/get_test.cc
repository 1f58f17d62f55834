// SPDX-License-Identifier: MIT
// semget, by its page in POSIX.1-2017, System Interfaces, and by semget(2).
#include <errno.h>
#include <sys/ipc.h>
#include <unistd.h>

#include <atomic>

#include "fsclient/sysv/tests/support.h"

namespace sysv_test {
namespace {

int ErrnoOfGet(key_t key, int members, int flags) {
  return ErrnoOf(semget(key, members, flags));
}

// semget, DESCRIPTION: a set is made if there is none of that key, and
// IPC_CREAT is given. RETURN VALUE: ids aren't negative.
TEST(Get, MakesASet) {
  const key_t key = FreshKey();
  const int id = semget(key, 3, IPC_CREAT | 0600);
  ASSERT_GE(id, 0);
  EXPECT_EQ(semget(key, 3, 0), id);
  EXPECT_EQ(semget(key, 3, IPC_CREAT | 0600), id);
  EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
}

// semget, ERRORS, ENOENT: there is none of that key, and no IPC_CREAT.
TEST(Get, FindsNothing) {
  EXPECT_EQ(ErrnoOfGet(FreshKey(), 1, 0), ENOENT);
  EXPECT_EQ(ErrnoOfGet(FreshKey(), 1, IPC_EXCL | 0600), ENOENT);
}

// semget, ERRORS, EEXIST: there is one, and IPC_CREAT and IPC_EXCL are given.
TEST(Get, MakesNoSecondOne) {
  const key_t key = FreshKey();
  const Set set({7}, key);
  EXPECT_EQ(ErrnoOfGet(key, 1, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  EXPECT_EQ(set.Value(), 7);
}

// semget, DESCRIPTION: IPC_PRIVATE makes one each time.
TEST(Get, MakesPrivateSets) {
  const Set one({1}), other({2});
  EXPECT_NE(one.id(), other.id());
  EXPECT_EQ(one.Value(), 1);
  EXPECT_EQ(other.Value(), 2);
}

// semget(2), NOTES: on Linux the values of a new set are 0.
TEST(Get, BeginsAtZero) {
  const int id = semget(IPC_PRIVATE, 3, 0600);
  ASSERT_GE(id, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(semctl(id, i, GETVAL), 0);
    EXPECT_EQ(semctl(id, i, GETPID), 0);
  }
  EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
}

// semget, ERRORS, EINVAL: nsems is 0 or less, or above the system's limit, and
// the set isn't there; or above the number that the set has.
TEST(Get, WantsANumberOfMembers) {
  const key_t key = FreshKey();
  for (const int members : {-1, 0, 1'000'000}) {
    EXPECT_EQ(ErrnoOfGet(key, members, IPC_CREAT | 0600), EINVAL) << members;
    EXPECT_EQ(ErrnoOfGet(IPC_PRIVATE, members, 0600), EINVAL) << members;
  }
  const Set set({1, 2}, key);
  EXPECT_EQ(ErrnoOfGet(key, 3, 0), EINVAL);
  EXPECT_EQ(semget(key, 0, 0), set.id());
  EXPECT_EQ(semget(key, 1, 0), set.id());
}

// semget, DESCRIPTION: what the new set's structure is like.
TEST(Get, DescribesANewSet) {
  const key_t key = FreshKey();
  const int id = semget(key, 2, IPC_CREAT | 0640);
  ASSERT_GE(id, 0);
  semid_ds status = {};
  EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_STAT, semun{.buf = &status})), 0);
  EXPECT_EQ(status.sem_perm.__key, key);
  EXPECT_EQ(status.sem_perm.uid, geteuid());
  EXPECT_EQ(status.sem_perm.cuid, geteuid());
  EXPECT_EQ(status.sem_perm.gid, getegid());
  EXPECT_EQ(status.sem_perm.cgid, getegid());
  EXPECT_EQ(status.sem_perm.mode & 0777, 0640);
  EXPECT_EQ(status.sem_nsems, 2u);
  EXPECT_EQ(status.sem_otime, 0);
  EXPECT_LE(status.sem_ctime, time(nullptr));
  EXPECT_GT(status.sem_ctime, time(nullptr) - 1000);
  EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
}

// semget, ERRORS, EACCES: it is there, and its permissions don't have all that
// the low 9 bits ask for.
TEST(Get, NeedsPermission) {
  const key_t key = FreshKey();
  const Set set({1}, key, 0644);
  const int user = InChild([=, &set] {
    BecomeUser();
    if (semget(key, 1, 0) != set.id()) return -1;
    if (semget(key, 1, 0444) != set.id()) return -2;
    return ErrnoOfGet(key, 1, 0666);
  });
  EXPECT_EQ(user, EACCES);
}

// Linux: all of the low 9 bits, also those for execution, which mean nothing
// else; root has them anyway.
TEST(Get, NeedsPermissionForExecution) {
  const key_t key = FreshKey(), other_key = FreshKey();
  const Set set({1}, key, 0666), other({1}, other_key, 0111);
  EXPECT_EQ(semget(key, 1, 0777), set.id());
  EXPECT_EQ(semget(other_key, 1, 0777), other.id());
  const int user = InChild([&] {
    BecomeUser();
    if (semget(key, 1, 0666) != set.id()) return 1;
    if (ErrnoOfGet(key, 1, 0777) != EACCES) return 2;
    if (ErrnoOfGet(key, 1, 0010) != EACCES) return 3;
    if (semget(other_key, 1, 0111) != other.id()) return 4;
    return ErrnoOfGet(other_key, 1, 0444) == EACCES ? 0 : 5;
  });
  EXPECT_EQ(user, 0);
}

// Children find what their parents find, and the other way round.
TEST(Get, IsTheSameForAll) {
  const key_t key = FreshKey();
  const int made = InChild([=] {
    const int id = semget(key, 1, IPC_CREAT | 0600);
    return ErrnoOf(semctl(id, 0, SETVAL, semun{.val = 5}));
  });
  EXPECT_EQ(made, 0);
  const int id = semget(key, 0, 0);
  EXPECT_EQ(semctl(id, 0, GETVAL), 5);
  // By its number alone, too.
  EXPECT_EQ(InChild([=] { return ErrnoOf(semctl(id, 0, IPC_RMID)); }), 0);
  EXPECT_EQ(ErrnoOfGet(key, 1, 0), ENOENT);
}

// semget, DESCRIPTION, IPC_EXCL: of several that want to make it one does.
TEST(Get, OneOfThemMakesIt) {
  constexpr int kProcesses = 4, kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    const key_t key = FreshKey();
    const Shared<std::atomic<int>> made, failed;
    for (int i = 0; i < kProcesses; ++i) {
      if (fork() == 0) {
        int id = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600);
        if (id >= 0) {
          ++*made;
        } else {
          if (errno != EEXIST) ++*failed;
          id = semget(key, 2, IPC_CREAT | 0600);
        }
        sembuf give = Give(1, 1);
        _exit(semop(id, &give, 1) != 0);
      }
    }
    AwaitChildren();
    EXPECT_EQ(*made, 1);
    EXPECT_EQ(*failed, 0);
    const int id = semget(key, 0, 0);
    EXPECT_EQ(semctl(id, 1, GETVAL), kProcesses);
    EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
  }
}

// They make and remove it at once, and kill each other: the next process
// finds it in order.
TEST(Get, OutlivesItsMakers) {
  constexpr int kRounds = 30;
  const key_t key = FreshKey();
  for (int round = 0; round < kRounds; ++round) {
    Child one([=] {
      for (;;) semctl(semget(key, 3, IPC_CREAT | 0600), 0, IPC_RMID);
      return 0;
    });
    Child other([=] {
      for (;;) semctl(semget(key, 2, IPC_CREAT | 0600), 0, IPC_RMID);
      return 0;
    });
    usleep(2000 + round % 7 * 300);
    one.Kill();
    other.Kill();
    const int id = semget(key, 2, IPC_CREAT | 0600);
    ASSERT_GE(id, 0) << errno;
    EXPECT_EQ(semctl(id, 1, GETVAL), 0);
    EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
    EXPECT_EQ(ErrnoOfGet(key, 0, 0), ENOENT);
  }
}

}  // namespace
}  // namespace sysv_test

// SPDX-License-Identifier: MIT
// semctl, by its page in POSIX.1-2017, System Interfaces, and by semctl(2).
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "fsclient/sysv/tests/support.h"

namespace sysv_test {
namespace {

using Values = std::vector<int>;

// semctl, DESCRIPTION, SETVAL and GETVAL.
TEST(Control, SetsAValue) {
  const Set set({0, 0});
  EXPECT_EQ(set.SetValue(5, 1), 0);
  EXPECT_EQ(set.Values(), Values({0, 5}));
  EXPECT_EQ(set.SetValue(32767), 0);
  EXPECT_EQ(set.SetValue(0, 1), 0);
  EXPECT_EQ(set.Values(), Values({32767, 0}));
}

// semctl, DESCRIPTION, SETALL and GETALL.
TEST(Control, SetsAllValues) {
  const Set set({3, 0, 32767});
  EXPECT_EQ(set.Values(), Values({3, 0, 32767}));
}

// A set of more members than one call of semop() has operations.
TEST(Control, SetsMany) {
  std::vector<unsigned short> values;
  for (int i = 0; i < 150; ++i) values.push_back(i);
  const Set set(values);
  EXPECT_EQ(set.Values(), Values(values.begin(), values.end()));
  EXPECT_EQ(set.Operate({Take(149, 149)}), 0);
  EXPECT_EQ(set.Value(149), 0);
}

// semctl(2): a value that is set wakes blocked tasks.
TEST(Control, WakesBlockedTasks) {
  const Set set({0, 5});
  Child for_units([&] { return set.Operate({Take(2)}); });
  Child for_zero([&] { return set.Operate({Zero(1)}); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  EXPECT_TRUE(set.AwaitBlocked(0, 1, 1));
  EXPECT_EQ(set.SetValue(3), 0);
  EXPECT_EQ(for_units.Join(), 0);
  EXPECT_EQ(set.SetValue(0, 1), 0);
  EXPECT_EQ(for_zero.Join(), 0);
  EXPECT_EQ(set.Values(), Values({1, 0}));
}

// semctl, ERRORS, ERANGE: SETVAL or SETALL, and the value is too large.
TEST(Control, HasACeiling) {
  const Set set({4});
  for (const int value : {-1, 32768, INT_MAX}) {
    EXPECT_EQ(set.SetValue(value), ERANGE) << value;
  }
  unsigned short all[] = {32768};
  EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, SETALL, semun{.array = all})), ERANGE);
  EXPECT_EQ(set.Value(), 4);
}

// semctl, DESCRIPTION, GETNCNT and GETZCNT.
TEST(Control, CountsBlockedTasks) {
  const Set set({0, 1});
  Child one([&] { return set.Operate({Take()}); });
  Child other([&] { return set.Operate({Take(1, 1), Take()}); });
  Child for_zero([&] { return set.Operate({Zero(1)}); });
  EXPECT_TRUE(set.AwaitBlocked(2, 0, 0));
  EXPECT_TRUE(set.AwaitBlocked(0, 1, 1));
  one.Kill();
  EXPECT_TRUE(set.AwaitBlocked(1, 0, 0));
  for_zero.Kill();
  EXPECT_TRUE(set.AwaitBlocked(0, 0, 1));
}

// semctl, DESCRIPTION, IPC_SET: owner, group and the low 9 bits of the mode.
TEST(Control, ChangesTheOwner) {
  const Set set({1});
  EXPECT_EQ(set.SetAccess(1000, 1000, 0620), 0);
  const semid_ds status = set.Status();
  EXPECT_EQ(status.sem_perm.uid, 1000u);
  EXPECT_EQ(status.sem_perm.gid, 1000u);
  EXPECT_EQ(status.sem_perm.cuid, 0u);
  EXPECT_EQ(status.sem_perm.mode & 0777, 0620);
  EXPECT_GE(status.sem_ctime, time(nullptr) - 1000);
  const int owner = InChild([&] {
    BecomeUser();
    if (set.Operate({Take()}) != 0) return -1;
    return set.SetAccess(1000, 1000, 0400);
  });
  EXPECT_EQ(owner, 0);
  const int later = InChild([&] {
    BecomeUser();
    return set.Operate({Give()});
  });
  EXPECT_EQ(later, EACCES);
}

// As web servers do, for those of their processes that are ordinary users.
TEST(Control, GivesItToAUserWhoHasUsedItAsRoot) {
  const Set set({1});
  const int user = InChild([&] {
    if (set.Operate({Take(1, 0, SEM_UNDO)}) != 0) return -1;
    if (set.SetAccess(1000, 1000, 0600) != 0) return -2;
    BecomeUser();
    return set.Operate({Give(1, 0, SEM_UNDO)});
  });
  EXPECT_EQ(user, 0);
  EXPECT_EQ(set.Value(), 1);
}

// semctl, ERRORS, EACCES: no permission to read, or to alter.
TEST(Control, NeedsPermission) {
  const Set set({1});
  const int user = InChild([&] {
    BecomeUser();
    semid_ds status;
    unsigned short all[1] = {};
    if (ErrnoOf(set.Get(GETVAL)) != EACCES) return 1;
    if (ErrnoOf(set.Get(GETPID)) != EACCES) return 2;
    if (ErrnoOf(set.Get(GETNCNT)) != EACCES) return 3;
    if (ErrnoOf(set.Get(GETZCNT)) != EACCES) return 4;
    if (set.SetValue(3) != EACCES) return 5;
    const semun array = {.array = all}, buffer = {.buf = &status};
    if (ErrnoOf(semctl(set.id(), 0, GETALL, array)) != EACCES) return 6;
    if (ErrnoOf(semctl(set.id(), 0, SETALL, array)) != EACCES) return 7;
    if (ErrnoOf(semctl(set.id(), 0, IPC_STAT, buffer)) != EACCES) return 8;
    return 0;
  });
  EXPECT_EQ(user, 0);
  EXPECT_EQ(set.Value(), 1);
}

// semctl, ERRORS, EPERM: IPC_RMID and IPC_SET are the owner's.
TEST(Control, IsTheOwners) {
  const Set set({1}, IPC_PRIVATE, 0666);
  const int user = InChild([&] {
    BecomeUser();
    if (set.Operate({Take()}) != 0) return -1;
    if (set.SetAccess(1000, 1000, 0600) != EPERM) return -2;
    return set.Remove();
  });
  EXPECT_EQ(user, EPERM);
  EXPECT_EQ(set.Value(), 0);
}

// semctl, ERRORS, EINVAL: the id isn't one, or semnum is not below the number
// of semaphores, or cmd isn't one.
TEST(Control, RefusesNonsense) {
  const Set set({1, 2});
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, GETVAL)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(INT_MAX, 0, GETVAL)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(set.id(), 2, GETVAL)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(set.id(), -1, GETPID)), EINVAL);
  EXPECT_EQ(set.SetValue(1, 2), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, 9999)), EINVAL);
}

// semctl(2): a value is looked at before the member is.
TEST(Control, RefusesAValueBeforeAMember) {
  const Set set({1});
  EXPECT_EQ(set.SetValue(-1, 9), ERANGE);
  EXPECT_EQ(set.SetValue(32768, 9), ERANGE);
}

// Linux: an id that is below 0 is refused before all else, any other one is
// looked at after what the call brings along.
TEST(Control, LooksAtTheArgumentsBeforeTheSet) {
  semid_ds* const nowhere = nullptr;
  seminfo info;
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, IPC_INFO, &info)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, SEM_INFO, &info)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, IPC_SET, nowhere)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(INT_MAX, 0, IPC_SET, nowhere)), EFAULT);
  EXPECT_EQ(ErrnoOf(semctl(INT_MAX, 0, IPC_STAT, nowhere)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, SETVAL, semun{.val = 40000})), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(INT_MAX, 0, SETVAL, semun{.val = 40000})), ERANGE);
  EXPECT_EQ(ErrnoOf(semctl(INT_MAX, 0, SETALL, nowhere)), EINVAL);
}

// semctl(2), EFAULT: the address isn't accessible. Nothing is set.
TEST(Control, WantsAnAddressForValues) {
  const Set set({1, 2});
  for (unsigned short* const nowhere :
       {static_cast<unsigned short*>(nullptr), Nowhere<unsigned short>()}) {
    EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, GETALL, semun{.array = nowhere})),
              EFAULT);
    EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, SETALL, semun{.array = nowhere})),
              EFAULT);
  }
  EXPECT_EQ(set.Values(), Values({1, 2}));
}

// Linux: to read a member, the permission is looked at before the number; to
// set it, after that. IPC_SET: the owner before the new one.
TEST(Control, LooksAtPermissionInTurn) {
  const Set set({1}, IPC_PRIVATE, 0600);
  const int user = InChild([&] {
    BecomeUser();
    for (const int command : {GETVAL, GETPID, GETNCNT, GETZCNT}) {
      if (ErrnoOf(set.Get(command, 9)) != EACCES) return command;
      if (ErrnoOf(set.Get(command, -1)) != EACCES) return command;
    }
    if (set.SetValue(1, 9) != EINVAL) return 1;
    if (set.SetValue(1, 0) != EACCES) return 2;
    if (ErrnoOf(semctl(set.id(), 0, SETALL, nullptr)) != EACCES) return 3;
    if (ErrnoOf(semctl(set.id(), 0, IPC_STAT, nullptr)) != EACCES) return 4;
    if (ErrnoOf(semctl(set.id(), 0, IPC_SET, nullptr)) != EFAULT) return 5;
    return set.SetAccess(static_cast<uid_t>(-1), 0, 0600) == EPERM ? 0 : 6;
  });
  EXPECT_EQ(user, 0);
}

// semctl(2), IPC_SET: -1 is nobody.
TEST(Control, GivesItToNobody) {
  const Set set({1});
  EXPECT_EQ(set.SetAccess(static_cast<uid_t>(-1), 0, 0600), EINVAL);
  EXPECT_EQ(set.SetAccess(0, static_cast<gid_t>(-1), 0600), EINVAL);
}

// semctl, DESCRIPTION, IPC_SET: an owner may have no permission at all.
TEST(Control, LetsAnOwnerChangeIt) {
  const Set set({1, 2});
  EXPECT_EQ(set.SetAccess(1000, 1000, 0), 0);
  const int user = InChild([&] {
    BecomeUser();
    if (set.Operate({Take()}) != EACCES) return -1;
    if (set.SetAccess(1000, 1000, 0600) != 0) return -2;
    return set.Operate({Take()});
  });
  EXPECT_EQ(user, 0);
  EXPECT_EQ(set.Status().sem_perm.uid, 1000u);
  EXPECT_EQ(set.Status().sem_perm.mode & 0777, 0600);
}

// semctl, ERRORS, EINVAL: the set of this id is removed, and another one has
// its key.
TEST(Control, ChangesNoNewerSet) {
  const key_t key = FreshKey();
  const Set set({1, 2}, key);
  EXPECT_EQ(set.Operate({Take()}), 0);
  EXPECT_EQ(InChild([=] {
              if (semctl(semget(key, 0, 0), 0, IPC_RMID) != 0) return errno;
              return semget(key, 2, IPC_CREAT | IPC_EXCL | 0600) < 0 ? errno
                                                                     : 0;
            }),
            0);
  EXPECT_EQ(set.SetAccess(1000, 1000, 0666), EINVAL);
  const int next = semget(key, 0, 0);
  semid_ds status = {};
  EXPECT_EQ(ErrnoOf(semctl(next, 0, IPC_STAT, semun{.buf = &status})), 0);
  EXPECT_EQ(status.sem_perm.uid, geteuid());
  EXPECT_EQ(status.sem_perm.mode & 0777, 0600);
  EXPECT_EQ(ErrnoOf(semctl(next, 0, IPC_RMID)), 0);
}

// semctl, DESCRIPTION, IPC_RMID.
TEST(Control, RemovesIt) {
  const key_t key = FreshKey();
  const Set set({1}, key);
  EXPECT_EQ(set.Remove(), 0);
  EXPECT_EQ(set.Remove(), EINVAL);
  EXPECT_EQ(ErrnoOf(set.Get(GETVAL)), EINVAL);
  EXPECT_EQ(ErrnoOf(semget(key, 0, 0)), ENOENT);
  const Set next({2, 3}, key);
  EXPECT_NE(next.id(), set.id());
  EXPECT_EQ(ErrnoOf(set.Get(GETVAL)), EINVAL);
  EXPECT_EQ(next.Values(), Values({2, 3}));
}

// Another process has used it, and nobody tells that of the removal.
TEST(Control, RemovesItForAll) {
  const Set set({1}), asked({0}), answer({0});
  Child other([&] {
    if (set.Operate({Take()}) != 0) return -1;
    if (asked.Operate({Give()}) != 0 || answer.Operate({Take()}) != 0)
      return -2;
    if (set.SetAccess(0, 0, 0600) != EINVAL) return -3;
    if (ErrnoOf(set.Get(GETVAL)) != EINVAL) return -3;
    return set.Operate({Take()});
  });
  EXPECT_EQ(asked.Operate({Take()}), 0);
  EXPECT_EQ(set.Remove(), 0);
  EXPECT_EQ(answer.Operate({Give()}), 0);
  EXPECT_EQ(other.Join(), EINVAL);
}

// semctl(2): SETVAL and SETALL leave their mark, too.
TEST(Control, LeavesItsMark) {
  const Set set({0, 0});
  const pid_t pid = InChild([&] { return set.SetValue(1, 1); });
  EXPECT_EQ(pid, 0);
  EXPECT_NE(set.Get(GETPID, 1), getpid());
  EXPECT_EQ(set.Get(GETPID, 0), getpid());
}

}  // namespace
}  // namespace sysv_test

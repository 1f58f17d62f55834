// SPDX-License-Identifier: MIT
// Limits and what ipcs(1) asks for, by semctl(2) and proc(5).
#include <errno.h>
#include <sys/ipc.h>

#include <fstream>
#include <string>

#include "fsclient/sysv/tests/support.h"

// Since Linux 4.17; older headers don't have it.
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

namespace sysv_test {
namespace {

constexpr char kLimits[] = "/proc/sys/kernel/sem";

// As that file has them.
struct Limits {
  int members = 250;
  int all_members = 32000;
  int operations = 64;
  int sets = 1000;
};

// Limits that an administrator sets, until the end of a test.
class LimitsFile {
 public:
  LimitsFile() { std::getline(std::ifstream(kLimits), before_); }
  ~LimitsFile() { std::ofstream(kLimits) << before_ << std::endl; }
  LimitsFile(const LimitsFile&) = delete;
  LimitsFile& operator=(const LimitsFile&) = delete;

  void Set(const Limits& limits) const {
    std::ofstream file(kLimits);
    file << limits.members << ' ' << limits.all_members << ' '
         << limits.operations << ' ' << limits.sets << std::endl;
    ASSERT_TRUE(file.good());
  }

 private:
  std::string before_;
};

// Returns the highest index that is in use.
int GetInfo(int command, seminfo* info) {
  return semctl(0, 0, command, reinterpret_cast<semid_ds*>(info));
}

// Returns the errno of making a set, which is removed again.
int ErrnoOfMaking(int members) {
  const int id = semget(IPC_PRIVATE, members, 0600);
  if (id < 0) return errno;
  semctl(id, 0, IPC_RMID);
  return 0;
}

// Looks for the set as ipcs does. Returns the errno of the look at its index,
// or ENOENT.
int Find(const Set& set, int command, semid_ds* status) {
  seminfo info;
  const int last = GetInfo(IPC_INFO, &info);
  int error = ENOENT;
  for (int index = 0; index <= last; ++index) {
    const int id = semctl(index, 0, command, status);
    if (id == set.id()) return 0;
    if (id < 0 && errno == EACCES) error = EACCES;
  }
  return error;
}

// semctl(2), IPC_INFO; proc(5), /proc/sys/kernel/sem.
TEST(Info, TellsTheLimits) {
  const LimitsFile file;
  file.Set({.members = 7, .all_members = 77, .operations = 5, .sets = 55});
  seminfo info;
  EXPECT_GE(GetInfo(IPC_INFO, &info), 0);
  EXPECT_EQ(info.semmsl, 7);
  EXPECT_EQ(info.semmns, 77);
  EXPECT_EQ(info.semopm, 5);
  EXPECT_EQ(info.semmni, 55);
  EXPECT_EQ(info.semvmx, 32767);
}

// semctl(2), SEM_INFO: how many sets and members there are.
TEST(Info, CountsSetsAndMembers) {
  seminfo before, after;
  EXPECT_GE(GetInfo(SEM_INFO, &before), 0);
  const Set set({1, 2, 3});
  EXPECT_GE(GetInfo(SEM_INFO, &after), 0);
  EXPECT_EQ(after.semusz, before.semusz + 1);
  EXPECT_EQ(after.semaem, before.semaem + 3);
}

// semctl(2), SEM_STAT.
TEST(Info, FindsASetByItsIndex) {
  const Set set({1, 2, 3});
  semid_ds status = {};
  EXPECT_EQ(Find(set, SEM_STAT, &status), 0);
  EXPECT_EQ(status.sem_nsems, 3u);
  EXPECT_EQ(status.sem_perm.mode, 0600);
}

// semctl(2), SEM_STAT_ANY: as SEM_STAT, but without permission to read it.
TEST(Info, FindsASetOfAnotherUser) {
  const Set set({1, 2, 3});
  EXPECT_EQ(InChild([&] {
              BecomeUser();
              semid_ds status = {};
              EXPECT_EQ(Find(set, SEM_STAT, &status), EACCES);
              EXPECT_EQ(Find(set, SEM_STAT_ANY, &status), 0);
              EXPECT_EQ(status.sem_nsems, 3u);
              return static_cast<int>(testing::Test::HasFailure());
            }),
            0);
}

// semctl(2): these are no sets.
TEST(Info, FindsNothingAtOtherIndexes) {
  semid_ds status;
  EXPECT_EQ(ErrnoOf(semctl(-1, 0, SEM_STAT, &status)), EINVAL);
  EXPECT_EQ(ErrnoOf(semctl(1 << 20, 0, SEM_STAT_ANY, &status)), EINVAL);
}

// semctl(2), EFAULT: the address isn't accessible.
TEST(Info, WantsAnAddress) {
  const Set set({1});
  EXPECT_EQ(ErrnoOf(GetInfo(IPC_INFO, nullptr)), EFAULT);
  EXPECT_EQ(ErrnoOf(GetInfo(IPC_INFO, NoAddress<seminfo>())), EFAULT);
  EXPECT_EQ(ErrnoOf(GetInfo(SEM_INFO, NoAddress<seminfo>())), EFAULT);
  for (semid_ds* const nowhere :
       {static_cast<semid_ds*>(nullptr), NoAddress<semid_ds>()}) {
    EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, IPC_STAT, nowhere)), EFAULT);
    EXPECT_EQ(ErrnoOf(semctl(set.id(), 0, IPC_SET, nowhere)), EFAULT);
  }
}

// semget(2), EINVAL: more members than SEMMSL.
TEST(Limit, OfMembersOfASet) {
  const LimitsFile file;
  file.Set({.members = 3});
  EXPECT_EQ(ErrnoOfMaking(3), 0);
  EXPECT_EQ(ErrnoOfMaking(4), EINVAL);
}

// semget(2), ENOSPC: more members in all sets than SEMMNS.
TEST(Limit, OfMembersOfAllSets) {
  const LimitsFile file;
  seminfo used;
  ASSERT_GE(GetInfo(SEM_INFO, &used), 0);
  file.Set({.all_members = used.semaem + 3});
  EXPECT_EQ(ErrnoOfMaking(3), 0);
  EXPECT_EQ(ErrnoOfMaking(4), ENOSPC);
}

// semget(2), ENOSPC: more sets than SEMMNI.
TEST(Limit, OfSets) {
  const LimitsFile file;
  seminfo used;
  ASSERT_GE(GetInfo(SEM_INFO, &used), 0);
  file.Set({.sets = used.semusz + 1});
  EXPECT_EQ(ErrnoOfMaking(1), 0);
  const Set set({1});
  EXPECT_EQ(ErrnoOfMaking(1), ENOSPC);
}

// semop(2), E2BIG: more operations in a call than SEMOPM.
TEST(Limit, OfOperations) {
  const LimitsFile file;
  file.Set({.operations = 2});
  const Set set({9});
  EXPECT_EQ(set.Operate({Take(), Take()}), 0);
  EXPECT_EQ(set.Operate({Take(), Take(), Take()}), E2BIG);
  EXPECT_EQ(set.Value(), 7);
}

}  // namespace
}  // namespace sysv_test

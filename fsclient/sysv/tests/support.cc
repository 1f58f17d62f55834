// SPDX-License-Identifier: MIT
#include "fsclient/sysv/tests/support.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace sysv_test {
namespace {

int Make(key_t key, int members, int mode) {
  const int id = semget(key, members, IPC_CREAT | IPC_EXCL | mode);
  if (id >= 0) return id;
  ADD_FAILURE() << "semget: " << strerror(errno);
  std::abort();
}

}  // namespace

key_t FreshKey() {
  static int count = 0;
  return getpid() * 1000 + ++count;
}

Set::Set(std::vector<unsigned short> values, key_t key, int mode)
    : id_(Make(key, values.size(), mode)) {
  EXPECT_EQ(ErrnoOf(semctl(id_, 0, SETALL, semun{.array = values.data()})), 0);
}

Set::~Set() { Remove(); }

int Set::Operate(std::vector<sembuf> operations) const {
  return ErrnoOf(semop(id_, operations.data(), operations.size()));
}

int Set::OperateIn(long milliseconds, std::vector<sembuf> operations) const {
  const timespec timeout = {milliseconds / 1000,
                            milliseconds % 1000 * 1'000'000};
  return ErrnoOf(
      semtimedop(id_, operations.data(), operations.size(), &timeout));
}

int Set::Get(int command, int member) const {
  return semctl(id_, member, command);
}

std::vector<int> Set::Values() const {
  std::vector<unsigned short> values(Status().sem_nsems);
  EXPECT_EQ(ErrnoOf(semctl(id_, 0, GETALL, semun{.array = values.data()})), 0);
  return {values.begin(), values.end()};
}

int Set::SetValue(int value, int member) const {
  return ErrnoOf(semctl(id_, member, SETVAL, semun{.val = value}));
}

semid_ds Set::Status() const {
  semid_ds status = {};
  EXPECT_EQ(ErrnoOf(semctl(id_, 0, IPC_STAT, semun{.buf = &status})), 0);
  return status;
}

int Set::SetAccess(uid_t owner, gid_t group, mode_t mode) const {
  semid_ds status = {};
  status.sem_perm.uid = owner;
  status.sem_perm.gid = group;
  status.sem_perm.mode = mode;
  return ErrnoOf(semctl(id_, 0, IPC_SET, semun{.buf = &status}));
}

int Set::Remove() const { return ErrnoOf(semctl(id_, 0, IPC_RMID)); }

bool Set::AwaitBlocked(int for_units, int for_zero, int member) const {
  return Eventually([=, this] {
    return Get(GETNCNT, member) == for_units &&
           Get(GETZCNT, member) == for_zero;
  });
}

sembuf Take(int units, int member, int flags) {
  return {static_cast<unsigned short>(member), static_cast<short>(-units),
          static_cast<short>(flags)};
}

sembuf Give(int units, int member, int flags) {
  return {static_cast<unsigned short>(member), static_cast<short>(units),
          static_cast<short>(flags)};
}

sembuf Zero(int member, int flags) {
  return {static_cast<unsigned short>(member), 0, static_cast<short>(flags)};
}

Child::Child(const std::function<int()>& function) : pid_(fork()) {
  if (pid_ == 0) _exit(function());
}

Child::~Child() { Kill(); }

void Child::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, 0), nullptr, 0);
}

int Child::Join() {
  int status = -1;
  EXPECT_EQ(waitpid(std::exchange(pid_, 0), &status, 0) > 0, true);
  EXPECT_TRUE(WIFEXITED(status)) << "status " << status;
  return WEXITSTATUS(status);
}

}  // namespace sysv_test

// SPDX-License-Identifier: MIT
// What all tests of System V semaphores share. Nothing here knows whose the
// semaphores are.
#ifndef KSEM_SYSV_TESTS_SUPPORT_H_
#define KSEM_SYSV_TESTS_SUPPORT_H_

#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/uio.h>

#include <initializer_list>
#include <vector>

#include "fsclient/preload/tests/signals.h"
#include "fsclient/preload/tests/support.h"
#include "gtest/gtest.h"

// Programs have to declare it themselves.
union semun {
  int val;
  semid_ds* buf;
  unsigned short* array;
};

namespace sysv_test {

using preload_test::AtOnce;
using preload_test::AwaitChildren;
using preload_test::BecomeUser;
using preload_test::ErrnoOf;
using preload_test::Eventually;
using preload_test::handled;
using preload_test::Handler;
using preload_test::InChild;
using preload_test::Shared;
using preload_test::Signaller;
using preload_test::Sleeps;

// An address where nothing is.
template <typename T>
T* Nowhere() {
  static void* const page =
      mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return static_cast<T*>(page);
}

// The same for what the library itself reads or writes; null, which it knows
// without the kernel, where that hasn't the call.
template <typename T>
T* NoAddress() {
  static const bool known =
      process_vm_writev(getpid(), nullptr, 0, nullptr, 0, 0) == 0;
  return known ? Nowhere<T>() : nullptr;
}

// A key that nobody has.
key_t FreshKey();

// A set of a test's own, gone at its end.
class Set {
 public:
  explicit Set(std::vector<unsigned short> values, key_t key = IPC_PRIVATE,
               int mode = 0600);
  ~Set();
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  int id() const { return id_; }
  // As a program gets it that fails.
  int Operate(std::vector<sembuf> operations) const;
  int OperateIn(long milliseconds, std::vector<sembuf> operations) const;
  int Get(int command, int member = 0) const;
  int Value(int member = 0) const { return Get(GETVAL, member); }
  std::vector<int> Values() const;
  int SetValue(int value, int member = 0) const;
  semid_ds Status() const;
  int SetAccess(uid_t owner, gid_t group, mode_t mode) const;
  int Remove() const;

  // How many are blocked, by too few units and by too many.
  bool AwaitBlocked(int for_units, int for_zero = 0, int member = 0) const;

 private:
  const int id_;
};

sembuf Take(int units = 1, int member = 0, int flags = 0);
sembuf Give(int units = 1, int member = 0, int flags = 0);
sembuf Zero(int member = 0, int flags = 0);

// A child process that does what it does, until it is killed.
class Child {
 public:
  explicit Child(const std::function<int()>& function);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void Kill();
  // What it returned.
  int Join();

 private:
  pid_t pid_;
};

}  // namespace sysv_test

#endif  // KSEM_SYSV_TESTS_SUPPORT_H_

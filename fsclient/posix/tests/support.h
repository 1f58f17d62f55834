// SPDX-License-Identifier: MIT
// What all tests of POSIX's named semaphores share. Nothing here knows whose
// the semaphores are.
#ifndef KSEM_POSIX_TESTS_SUPPORT_H_
#define KSEM_POSIX_TESTS_SUPPORT_H_

#include <fcntl.h>
#include <semaphore.h>
#include <time.h>

#include <functional>
#include <string>

#include "gtest/gtest.h"

namespace posix_test {

// The errno of a call that failed; 0 of one that didn't.
int ErrnoOf(int result);
int ErrnoOf(const sem_t* opened);

// A name that nobody has.
std::string FreshName();

int ValueOf(sem_t* sem);

// A named semaphore of a test's own, gone at its end.
class Semaphore {
 public:
  explicit Semaphore(unsigned value, mode_t mode = 0600);
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  operator sem_t*() const { return sem_; }  // NOLINT: as a C program has it
  const char* name() const { return name_.c_str(); }

 private:
  const std::string name_ = FreshName();
  sem_t* const sem_;
};

// The time that is `milliseconds` from now.
timespec In(long milliseconds, clockid_t clock = CLOCK_REALTIME);
// So far away that a test which gets there has failed.
timespec Never(clockid_t clock = CLOCK_REALTIME);

// Until it comes true; false if that takes longer than even a slow machine can.
bool Eventually(const std::function<bool()>& condition);

// Whether a thread of this process, by its number, sleeps.
bool Sleeps(pid_t thread);

// What a function returns in a process of its own: an errno, say.
int InChild(const std::function<int()>& function);

// Ordinary users, once and for all.
void BecomeUser();

}  // namespace posix_test

#endif  // KSEM_POSIX_TESTS_SUPPORT_H_

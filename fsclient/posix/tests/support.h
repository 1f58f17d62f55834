// SPDX-License-Identifier: MIT
// What all tests of POSIX's named semaphores share. Nothing here knows whose
// the semaphores are.
#ifndef KSEM_POSIX_TESTS_SUPPORT_H_
#define KSEM_POSIX_TESTS_SUPPORT_H_

#include <fcntl.h>
#include <semaphore.h>

#include <string>

#include "fsclient/preload/tests/signals.h"
#include "fsclient/preload/tests/support.h"
#include "gtest/gtest.h"

namespace posix_test {

using preload_test::AtOnce;
using preload_test::AwaitChildren;
using preload_test::BecomeUser;
using preload_test::ErrnoOf;
using preload_test::Eventually;
using preload_test::handled;
using preload_test::Handler;
using preload_test::In;
using preload_test::InChild;
using preload_test::Never;
using preload_test::Shared;
using preload_test::Signaller;
using preload_test::Sleeps;

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

}  // namespace posix_test

#endif  // KSEM_POSIX_TESTS_SUPPORT_H_

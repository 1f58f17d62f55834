// SPDX-License-Identifier: MIT
// A processor that is busy, for tests of who runs when.
#ifndef KSEM_TESTS_SUPPORT_BUSY_H_
#define KSEM_TESTS_SUPPORT_BUSY_H_

#include <sched.h>

#include <atomic>
#include <string>

#include "tests/support/process.h"

namespace ksem_test {

// A flag that processes share.
class Flag {
 public:
  Flag();
  ~Flag();
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

  void Raise() const { *flag_ = 1; }
  bool raised() const { return *flag_ != 0; }

 private:
  std::atomic<int>* const flag_;
};

// The calling thread stays on that CPU from now on.
void RunOn(int cpu);

// Keeps all tasks of lower priority from CPU 1 until it is destroyed, and the
// caller on CPU 0.
class Busy {
 public:
  explicit Busy(int priority);
  ~Busy();
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::string Prepare();

  cpu_set_t before_;
  const std::string throttled_;
  const Flag running_;
  const Flag end_;
  Process process_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_BUSY_H_

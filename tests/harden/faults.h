// SPDX-License-Identifier: MIT
// Calls of the kernel in which one allocation, or copy from or to user space,
// fails.
#ifndef KSEM_TESTS_HARDEN_FAULTS_H_
#define KSEM_TESTS_HARDEN_FAULTS_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/support/syscalls.h"

namespace ksem_test {

// Its file is kept open, since to open it allocates too.
class FaultInjector {
 public:
  // Runs `call` with its `n`-th fault. `*met` is whether it came so far.
  Errno Run(const std::function<Errno()>& call, int n, bool* met);
  // How many faults a call could meet.
  int Count(const std::function<Errno()>& call);

 private:
  void Arm(int n);
  int Left();

  File file_{"/proc/thread-self/fail-nth", O_RDWR};
};

// Skips its tests where the kernel can't inject faults.
class FaultsTest : public testing::Test {
 protected:
  void SetUp() override;

  // Runs `call` with its first, second… fault until it meets none. It may fail
  // with ENOMEM and EFAULT only; without a fault it gives `usual`. `check` is
  // told the result of each, has to see that all is well, and puts everything
  // back for the next.
  void Walk(const std::function<Errno()>& call,
            const std::function<void(Errno)>& check, Errno usual = 0);

  // For what is walked by hand.
  void Survived(const std::string& what, int faults);

  FaultInjector injector_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_FAULTS_H_

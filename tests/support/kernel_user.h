// SPDX-License-Identifier: MIT
// The module of tests/module/ksem_test.c, which uses a semaphore in the kernel.
#ifndef KSEM_TESTS_SUPPORT_KERNEL_USER_H_
#define KSEM_TESTS_SUPPORT_KERNEL_USER_H_

#include <string>

#include "tests/support/syscalls.h"

namespace ksem_test {

// Loads the module; fails the test if it isn't loaded afterwards.
void LoadKernelUser();

// The user of the semaphore NAME, or one of its files.
std::string KernelUserPath(const std::string& name,
                           const std::string& file = "");

// Holds the semaphore NAME in the kernel, making it if there is none.
class KernelUser {
 public:
  explicit KernelUser(const std::string& name);
  ~KernelUser();
  KernelUser(const KernelUser&) = delete;
  KernelUser& operator=(const KernelUser&) = delete;

  Errno error() const { return error_; }
  std::string path(const std::string& file = "") const {
    return KernelUserPath(name_, file);
  }
  // Makes the call of that name; its errno.
  Errno Call(const std::string& call, int n = 1) const;
  int Get(const std::string& file) const;
  // Lets go of it, at the latest by the destructor.
  Errno Release();

 private:
  const std::string name_;
  Errno error_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_KERNEL_USER_H_

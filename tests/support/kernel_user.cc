// SPDX-License-Identifier: MIT
#include "tests/support/kernel_user.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

namespace ksem_test {

namespace {
constexpr char kUsers[] = "/sys/kernel/config/ksem_test/";
}

void LoadKernelUser() {
  if (Exists(kUsers)) return;
  ASSERT_EQ(LoadModule("ksem_test"), 0);
}

std::string KernelUserPath(const std::string& name, const std::string& file) {
  return kUsers + name + (file.empty() ? "" : "/" + file);
}

KernelUser::KernelUser(const std::string& name)
    : name_(name), error_(MakeDir(path())) {
  EXPECT_EQ(error_, 0) << path();
}

KernelUser::~KernelUser() {
  if (error_) return;
  EXPECT_EQ(Release(), 0);
}

Errno KernelUser::Call(const std::string& call, int n) const {
  return WriteFile(path(call), std::to_string(n));
}

int KernelUser::Get(const std::string& file) const {
  return std::atoi(ReadOrFail(path(file)).c_str());
}

Errno KernelUser::Release() {
  const Errno error = RemoveDir(path());
  if (!error) error_ = ENOENT;
  return error;
}

}  // namespace ksem_test

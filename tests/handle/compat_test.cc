// SPDX-License-Identifier: MIT
// The requests of a 32-bit program.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "tests/handle/support.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

TEST(Compat, A32BitProgramMakesEveryRequest) {
  Semaphore sem({.value = 3});
  Process program([&]() -> Errno {
    // By its path: execlp() has the shell try what the kernel can't run.
    execl("/bin/compat32", "compat32", DevicePath(sem.name()).c_str(), nullptr);
    return errno;
  });
  const End end = program.Join();
  if (end == End{.error = ENOEXEC}) {
    GTEST_SKIP() << "no 32-bit programs in this kernel";
  }
  EXPECT_EQ(end, End{}) << "see that line of compat32.cc";
  sem.Expect({.value = 7});
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
#ifndef KSEM_TESTS_SUPPORT_CPU_H_
#define KSEM_TESTS_SUPPORT_CPU_H_

#include "tests/support/syscalls.h"

namespace ksem_test {

// Takes a CPU offline or brings it back; nothing if it is so already.
Errno SetCpuOnline(int cpu, bool online);

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_CPU_H_

// SPDX-License-Identifier: MIT
// The ordinary user of the tests' machines.
#ifndef KSEM_TESTS_SUPPORT_USER_H_
#define KSEM_TESTS_SUPPORT_USER_H_

#include <sys/types.h>

#include <functional>

#include "tests/support/syscalls.h"

namespace ksem_test {

inline constexpr uid_t kUser = 1000;
inline constexpr gid_t kGroup = 1000;

// Makes this process the user's, in one more group if it is said.
Errno BecomeUser(gid_t more = kGroup);

// Runs a function in a process of the user's.
Errno AsUser(const std::function<Errno()>& function, gid_t more = kGroup);

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_USER_H_

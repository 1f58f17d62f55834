// SPDX-License-Identifier: MIT
#include <sched.h>

#include "fsclient/preload/src/export.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/set.h"

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int unshare(int flags) noexcept {
  const int result = libc.unshare(flags);
  // The second implies the first.
  if (result == 0 && (flags & (CLONE_SYSVSEM | CLONE_NEWIPC))) LeaveAccounts();
  return result;
}

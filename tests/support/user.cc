// SPDX-License-Identifier: MIT
#include "tests/support/user.h"

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/process.h"

namespace ksem_test {

Errno BecomeUser(gid_t more) {
  if (setgroups(1, &more) || setgid(kGroup) || setuid(kUser)) return errno;
  // Else /proc/self is still root's.
  return Errno::Of(prctl(PR_SET_DUMPABLE, 1));
}

Errno AsUser(const std::function<Errno()>& function, gid_t more) {
  return Process([&]() -> Errno {
           if (const Errno error = BecomeUser(more)) return error;
           return function();
         })
      .Result();
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_PATIENCE_H_
#define KSEM_SYSV_SRC_PATIENCE_H_

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace ksem_sysv {

// Calls a function again as long as it returns -1 with this errno: others need
// a moment. After five seconds they have been stopped: -1 with EBUSY.
template <typename Function>
int Patiently(int error, Function function) {
  constexpr timespec kPause = {0, 1'000'000};
  constexpr int kTries = 5000;
  for (int tries = 0; tries < kTries; ++tries) {
    const int result = function();
    if (result >= 0 || errno != error) return result;
    syscall(SYS_nanosleep, &kPause, nullptr);
  }
  errno = EBUSY;
  return -1;
}

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_PATIENCE_H_

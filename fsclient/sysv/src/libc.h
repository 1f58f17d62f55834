// SPDX-License-Identifier: MIT
// The functions that this library stands in front of.
#ifndef KSEM_SYSV_SRC_LIBC_H_
#define KSEM_SYSV_SRC_LIBC_H_

#include <sys/sem.h>
#include <time.h>

#include "fsclient/preload/src/next.h"

namespace ksem_sysv {

struct Libc {
  ksem_preload::Next<int(key_t, int, int)> get{"semget"};
  ksem_preload::Next<int(int, sembuf*, std::size_t)> op{"semop"};
  ksem_preload::Next<int(int, sembuf*, std::size_t, const timespec*)> timedop{
      "semtimedop"};
  ksem_preload::Next<int(int, int, int, ...)> ctl{"semctl"};
  ksem_preload::Next<int(int)> unshare{"unshare"};
};

extern Libc libc;

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_LIBC_H_

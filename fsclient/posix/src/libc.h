// SPDX-License-Identifier: MIT
// The functions that this library stands in front of.
#ifndef KSEM_POSIX_SRC_LIBC_H_
#define KSEM_POSIX_SRC_LIBC_H_

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "fsclient/preload/src/next.h"

namespace ksem_posix {

struct Libc {
  ksem_preload::Next<sem_t*(const char*, int, ...)> open{"sem_open"};
  ksem_preload::Next<int(sem_t*)> close{"sem_close"};
  ksem_preload::Next<int(const char*)> unlink{"sem_unlink"};
  ksem_preload::Next<int(sem_t*)> wait{"sem_wait"};
  ksem_preload::Next<int(sem_t*)> trywait{"sem_trywait"};
  ksem_preload::Next<int(sem_t*, const timespec*)> timedwait{"sem_timedwait"};
  ksem_preload::Next<int(sem_t*, clockid_t, const timespec*)> clockwait{
      "sem_clockwait"};
  ksem_preload::Next<int(sem_t*)> post{"sem_post"};
  ksem_preload::Next<int(sem_t*, int*)> getvalue{"sem_getvalue"};
  ksem_preload::Next<int(pthread_t)> cancel{"pthread_cancel"};
};

extern Libc libc;

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_LIBC_H_

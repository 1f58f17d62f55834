// SPDX-License-Identifier: MIT
#include <errno.h>
#include <semaphore.h>
#include <sys/ioctl.h>

#include "fsclient/posix/src/arena.h"
#include "fsclient/posix/src/libc.h"
#include "fsclient/posix/src/request.h"
#include "fsclient/posix/src/word.h"
#include "fsclient/preload/src/export.h"
#include "kernel/include/uapi/linux/ksem.h"

using namespace ksem_posix;

// Like the C library, and as POSIX allows, it says 0 while somebody is blocked.
KSEM_PRELOAD_EXPORT int sem_getvalue(sem_t* sem, int* value) {
  if (!IsOurs(sem)) return libc.getvalue(sem, value);
  *value = PeekFast(sem);
  if (*value >= 0) return 0;
  ksem_ioc_info info = {};
  const int result = Request(sem, [&](const Handle& handle) {
    if (ioctl(handle.number, KSEM_IOC_INFO, &info) != 0) return -1;
    if (info.id == handle.id) return 0;
    errno = ESTALE;
    return -1;
  });
  // Units that are there while somebody waits are promised to them.
  *value = info.waiters > 0 ? 0 : static_cast<int>(info.value);
  return result;
}

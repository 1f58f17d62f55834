// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/post.h"

#include <semaphore.h>
#include <sys/ioctl.h>

#include "fsclient/posix/src/arena.h"
#include "fsclient/posix/src/libc.h"
#include "fsclient/posix/src/request.h"
#include "fsclient/posix/src/word.h"
#include "fsclient/preload/src/export.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

// Not inlined: sem_post() is to save no registers for it.
[[gnu::noinline]] int PostInKernel(const sem_t* sem) {
  return Request(sem, [](const Handle& handle) {
    ksem_ioc_post request = {};
    request.units = 1;
    request.id = handle.id;
    return ioctl(handle.number, KSEM_IOC_POST, &request);
  });
}

}  // namespace ksem_posix

using namespace ksem_posix;

KSEM_PRELOAD_EXPORT int sem_post(sem_t* sem) {
  if (!IsOurs(sem)) return libc.post(sem);
  if (GiveFast(sem)) return 0;
  return PostInKernel(sem);
}

// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdint.h>
#include <sys/sem.h>
#include <time.h>

#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

using ksem_preload::SystemCopy;

namespace {

// As the kernel takes it.
static_assert(sizeof(timespec) == 2 * sizeof(__s64));

// Where there is no such set, or it isn't the caller's: what Linux looks at
// before that.
int Refuse(const sembuf* wanted, size_t count, const timespec* timeout) {
  const int error = errno;
  sembuf copy[KSEM_OPS_MAX];
  timespec time;
  if (timeout != nullptr && !SystemCopy(&time, timeout, sizeof(time))) {
    return -1;
  }
  if (count > ReadLimits().operations) {
    errno = E2BIG;
  } else if (count == 0) {
    errno = EINVAL;
  } else if (SystemCopy(copy, wanted, count * sizeof(*wanted))) {
    errno = error;
  }
  return -1;
}

int Operate(int id, const sembuf* wanted, size_t count,
            const timespec* timeout) {
  const Use set(id);
  if (!set) [[unlikely]]
    return Refuse(wanted, count, timeout);
  if (count > set.max_operations()) {
    errno = E2BIG;
    return -1;
  }
  ksem_ioc_semop request = {};
  request.ops = reinterpret_cast<uintptr_t>(wanted);
  request.timeout = reinterpret_cast<uintptr_t>(timeout);
  request.nr = count;
  if (set.Ask(KSEM_IOC_SEMOP, &request)) [[likely]]
    return 0;
  return errno == EACCES ? Refuse(wanted, count, timeout) : -1;
}

}  // namespace
}  // namespace ksem_sysv

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int semtimedop(int id, sembuf* wanted, size_t count,
                                   const timespec* timeout) {
  return Call([=] { return Operate(id, wanted, count, timeout); },
              [=] { return libc.timedop(id, wanted, count, timeout); });
}

KSEM_PRELOAD_EXPORT int semop(int id, sembuf* wanted, size_t count) {
  return Call([=] { return Operate(id, wanted, count, nullptr); },
              [=] { return libc.op(id, wanted, count); });
}

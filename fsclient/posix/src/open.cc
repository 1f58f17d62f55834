// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>

#include "fsclient/posix/src/arena.h"
#include "fsclient/posix/src/libc.h"
#include "fsclient/posix/src/make.h"
#include "fsclient/posix/src/name.h"
#include "fsclient/posix/src/provider.h"
#include "fsclient/posix/src/table.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/export.h"

namespace ksem_posix {

using ksem_preload::OpenDevice;
using ksem_preload::Provider;
using ksem_preload::RemoveDirectory;

namespace {

// How often to look again whether it is there or not. What others make and
// remove meanwhile doesn't come to so many.
constexpr int kTries = 1000;

int OpenOrMake(const char* name, int flags, mode_t mode, unsigned value) {
  const bool may_exist = !(flags & O_EXCL);
  for (int tries = 0; tries < kTries; ++tries) {
    if (may_exist) {
      const int opened = OpenDevice(name);
      if (opened >= 0 || errno != ENOENT) return opened;
    }
    const int made = MakeSemaphore(name, mode, value);
    const bool was_there = made < 0 && errno == EEXIST;
    const bool was_unlinked = made < 0 && errno == ENOENT;
    if (!was_unlinked && !(was_there && may_exist)) return made;
    sched_yield();
  }
  // The name is taken, and has no node: /dev isn't the kernel's.
  errno = ENOSYS;
  return -1;
}

int OpenHandle(const char* posix_name, int flags, mode_t mode, unsigned value) {
  const Name name(posix_name);
  if (name.error() != 0) {
    errno = name.error();
    return -1;
  }
  if (!(flags & O_CREAT)) return OpenDevice(name.c_str());
  if (value > SEM_VALUE_MAX) {
    errno = EINVAL;
    return -1;
  }
  return OpenOrMake(name.c_str(), flags, mode, value);
}

}  // namespace
}  // namespace ksem_posix

using namespace ksem_posix;

KSEM_PRELOAD_EXPORT sem_t* sem_open(const char* name, int flags, ...) {
  mode_t mode = 0;
  unsigned value = 0;
  if (flags & O_CREAT) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    value = va_arg(arguments, unsigned);
    va_end(arguments);
  }
  switch (ChooseProvider()) {
    case Provider::kLibc:
      return libc.open.get()(name, flags, mode, value);
    case Provider::kUndecided:
      errno = ENOSYS;
      return SEM_FAILED;
    case Provider::kKsem:
      break;
  }
  const int handle = OpenHandle(name, flags, mode, value);
  return handle < 0 ? SEM_FAILED : AddOpen(handle);
}

KSEM_PRELOAD_EXPORT int sem_close(sem_t* sem) {
  if (!IsOurs(sem)) return libc.close(sem);
  return DropOpen(sem) ? 0 : -1;
}

KSEM_PRELOAD_EXPORT int sem_unlink(const char* posix_name) {
  switch (ChooseProvider()) {
    case Provider::kLibc:
      return libc.unlink(posix_name);
    case Provider::kUndecided:
      errno = ENOSYS;
      return -1;
    case Provider::kKsem:
      break;
  }
  const Name name(posix_name);
  if (name.error() != 0) {
    // What can't be there isn't there.
    errno = name.error() == EINVAL ? ENOENT : name.error();
    return -1;
  }
  return RemoveDirectory(name.c_str()) ? 0 : -1;
}

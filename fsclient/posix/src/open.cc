// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
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
#include "fsclient/preload/src/lock.h"

namespace ksem_posix {

using ksem_preload::FindDirectory;
using ksem_preload::Locked;
using ksem_preload::OpenDevice;
using ksem_preload::Provider;
using ksem_preload::RemoveDirectory;

namespace {

// How often to look whether a semaphore that is there gets a node after all.
constexpr int kLooks = 1000;

// A semaphore's name is taken, and has no node: /dev isn't the kernel's. Others
// may make and remove the name meanwhile as often as they like.
class Stalemate {
 public:
  // Whether the same semaphore has been in the way all the time.
  bool Lasts(const char* name) {
    const ino_t directory = FindDirectory(name);
    looks_ = directory == directory_ ? looks_ + 1 : 0;
    directory_ = directory;
    return looks_ > kLooks;
  }

 private:
  ino_t directory_ = 0;
  int looks_ = 0;
};

sem_t* OpenNow(const char* name) {
  const Locked locked;
  return AddOpen(name, OpenDevice(name));
}

sem_t* OpenOrMake(const char* name, int flags, mode_t mode, unsigned value) {
  const bool may_exist = !(flags & O_EXCL);
  for (Stalemate stalemate;;) {
    if (may_exist) {
      sem_t* opened = OpenNow(name);
      if (opened != SEM_FAILED || errno != ENOENT) return opened;
    }
    sem_t* made = MakeSemaphore(name, mode, value);
    if (made != SEM_FAILED) return made;
    if (errno == EEXIST && may_exist) {
      if (stalemate.Lasts(name)) break;
    } else if (errno != ENOENT) {  // by which it has been unlinked already
      return SEM_FAILED;
    }
    sched_yield();
  }
  errno = ENOSYS;
  return SEM_FAILED;
}

sem_t* OpenNamed(const char* posix_name, int flags, mode_t mode,
                 unsigned value) {
  const Name name(posix_name);
  if (name.error() != 0) {
    errno = name.error();
    return SEM_FAILED;
  }
  return flags & O_CREAT ? OpenOrMake(name.c_str(), flags, mode, value)
                         : OpenNow(name.c_str());
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
  return OpenNamed(name, flags, mode, value);
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
  const Locked locked;
  return RemoveDirectory(name.c_str()) ? 0 : -1;
}

// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/make.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "fsclient/posix/src/arena.h"
#include "fsclient/posix/src/table.h"
#include "fsclient/posix/src/umask.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/system.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

using ksem_preload::Locked;
using ksem_preload::MakeDirectory;
using ksem_preload::OpenDevice;
using ksem_preload::SystemChmod;
using ksem_preload::TakeBack;

namespace {

constexpr mode_t kOwner = S_IRUSR | S_IWUSR;

ksem_settings SettingsOf(mode_t access, unsigned value) {
  ksem_settings settings = {};
  // As glibc's, which make no promise about who comes first, except for
  // real-time threads: the one of the highest priority, says POSIX.
  settings.set =
      KSEM_SET_VALUE | KSEM_SET_MODE | KSEM_SET_FAIR | KSEM_SET_ORDER;
  settings.value = value;
  settings.mode = access;
  settings.order = KSEM_ORDER_PRIORITY;
  return settings;
}

}  // namespace

sem_t* MakeSemaphore(const char* name, mode_t mode, unsigned value) {
  if (value > SEM_VALUE_MAX) {
    errno = EINVAL;
    return SEM_FAILED;
  }
  // What the C library's file in /dev/shm would have. The maker gets its handle
  // whatever the mode says, as from open().
  const mode_t access = mode & ACCESSPERMS & ~CurrentUmask();
  const Locked locked;
  ino_t directory;
  if (!ReserveArena() ||
      !MakeDirectory(name, SettingsOf(access | kOwner, value), &directory)) {
    return SEM_FAILED;
  }
  const int device = OpenDevice(name);
  if (device >= 0 && (access & kOwner) != kOwner) SystemChmod(device, access);
  sem_t* sem = AddOpen(name, device);
  if (sem != SEM_FAILED) return sem;
  // Nobody was quick to unlink it: /dev isn't the kernel's.
  if (TakeBack(name, directory) && errno == ENOENT) errno = ENOSYS;
  return SEM_FAILED;
}

}  // namespace ksem_posix

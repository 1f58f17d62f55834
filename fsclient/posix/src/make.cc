// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/make.h"

#include <sys/stat.h>

#include "fsclient/posix/src/umask.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/system.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

using ksem_preload::HoldOffForks;
using ksem_preload::Locked;
using ksem_preload::MakeDirectory;
using ksem_preload::OpenDevice;
using ksem_preload::SystemChmod;

namespace {

constexpr mode_t kOwner = S_IRUSR | S_IWUSR;

bool Make(const char* name, mode_t access, unsigned value) {
  ksem_settings settings = {};
  // As glibc's, which make no promise about who comes first.
  settings.set = KSEM_SET_VALUE | KSEM_SET_MODE | KSEM_SET_FAIR;
  settings.value = value;
  settings.mode = access;
  const Locked locked;
  return HoldOffForks() && MakeDirectory(name, settings);
}

}  // namespace

int MakeSemaphore(const char* name, mode_t mode, unsigned value) {
  // What the C library's file in /dev/shm would have. The maker gets its handle
  // whatever the mode says, as from open().
  const mode_t access = mode & ACCESSPERMS & ~CurrentUmask();
  if (!Make(name, access | kOwner, value)) return -1;
  const int handle = OpenDevice(name);
  if (handle >= 0 && (access & kOwner) != kOwner) SystemChmod(handle, access);
  return handle;
}

}  // namespace ksem_posix

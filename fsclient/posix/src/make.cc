// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/make.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "fsclient/posix/src/umask.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/system.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

using ksem_preload::CloseFile;
using ksem_preload::MakeDirectory;
using ksem_preload::OpenDevice;
using ksem_preload::RemoveDirectory;
using ksem_preload::SystemChmod;
using ksem_preload::SystemChown;
using ksem_preload::SystemGroup;
using ksem_preload::SystemUser;

namespace {

// What the C library's file in /dev/shm would have. Where that isn't permitted,
// the node stays as the kernel and udev have made it.
void SetAccess(int handle, mode_t mode) {
  if (SystemChown(handle, SystemUser(), SystemGroup())) {
    SystemChmod(handle, mode & ACCESSPERMS & ~CurrentUmask());
  }
}

// Posted, not set: whoever has opened the semaphore already may have posted,
// too.
bool GiveFirstUnits(int handle, unsigned value) {
  if (value == 0) return true;
  ksem_ioc_post request = {};
  request.units = value;
  return ioctl(handle, KSEM_IOC_POST, &request) == 0;
}

}  // namespace

int MakeSemaphore(const char* name, mode_t mode, unsigned value) {
  if (!MakeDirectory(name)) return -1;
  const int handle = OpenDevice(name);
  if (handle >= 0) {
    SetAccess(handle, mode);
    if (GiveFirstUnits(handle, value)) return handle;
    CloseFile(handle);
  }
  const int error = errno;
  // One that was unlinked isn't ours to remove: another may have the name.
  if (error != ENOENT) RemoveDirectory(name);
  errno = error;
  return -1;
}

}  // namespace ksem_posix

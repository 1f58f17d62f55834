// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/directory.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fsclient/posix/src/device.h"
#include "fsclient/posix/src/text.h"
#include "fsclient/posix/src/umask.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {
namespace {

constexpr char kRoot[] = "/sys/kernel/config/ksem";

Text<kPathSize> PathOf(const char* name) {
  Text<kPathSize> path;
  path.Add(kRoot).Add("/").Add(name);
  return path;
}

// What the C library's file in /dev/shm would have. Where that isn't permitted,
// the node stays as the kernel and udev have made it.
void SetAccess(int handle, mode_t mode) {
  if (fchown(handle, geteuid(), getegid()) == 0) {
    fchmod(handle, mode & ACCESSPERMS & ~CurrentUmask());
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

bool MakeDirectory(const char* name) {
  if (mkdir(PathOf(name).c_str(), 0755) == 0) return true;
  // The module is there, configfs isn't mounted.
  if (errno == ENOENT) errno = ENOSYS;
  if (errno == EPERM) errno = EACCES;
  return false;
}

}  // namespace

int MakeSemaphore(const char* name, mode_t mode, unsigned value) {
  if (!MakeDirectory(name)) return -1;
  const int handle = OpenDevice(name);
  if (handle >= 0) {
    SetAccess(handle, mode);
    if (GiveFirstUnits(handle, value)) return handle;
    CloseDevice(handle);
  }
  const int error = errno;
  // One that was unlinked isn't ours to remove: another may have the name.
  if (error != ENOENT) RemoveSemaphore(name);
  errno = error;
  return -1;
}

bool RemoveSemaphore(const char* name) {
  if (rmdir(PathOf(name).c_str()) == 0) return true;
  if (errno == EPERM) errno = EACCES;
  return false;
}

}  // namespace ksem_posix

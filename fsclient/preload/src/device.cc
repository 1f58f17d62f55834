// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/device.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fsclient/preload/src/system.h"

namespace ksem_preload {
namespace {

Identity IdentityOf(const struct statx& status) {
  return {makedev(status.stx_rdev_major, status.stx_rdev_minor),
          makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

}  // namespace

Text<kPathSize> DevicePath(const char* name) {
  Text<kPathSize> path;
  path.Add("/dev/ksem/").Add(name);
  return path;
}

int OpenDevice(const char* name, int flags) {
  const int fd = SystemOpen(DevicePath(name).c_str(), flags | O_CLOEXEC);
  // The node is still there, its semaphore is not.
  if (fd < 0 && errno == ENXIO) errno = ENOENT;
  return Enter(fd);
}

int OpenOwnDevice(const char* name) {
  constexpr mode_t kOwner = 0600;
  const auto path = DevicePath(name);
  const int fd = OpenDevice(name);
  if (fd >= 0 || errno != EACCES) return fd;
  struct statx status = {};
  if (!SystemStat(path.c_str(), &status)) return -1;
  const mode_t mode = status.stx_mode & ACCESSPERMS;
  if (!SystemChmod(path.c_str(), mode | kOwner)) return -1;
  const int own = OpenDevice(name);
  const int error = errno;
  SystemChmod(path.c_str(), mode);
  errno = error;
  return own;
}

bool NameDevice(dev_t device, Text<kNameMax + 1>* name) {
  Text<kPathSize> link;
  link.Add("/sys/dev/char/").Add(major(device)).Add(":").Add(minor(device));
  char target[kPathSize];
  const ssize_t length =
      SystemReadLink(link.c_str(), target, sizeof(target) - 1);
  if (length < 0) return false;
  target[length] = '\0';
  const char* slash = strrchr(target, '/');
  if (slash == nullptr) return false;
  name->Add(slash + 1);
  return true;
}

bool Identify(int handle, Identity* identity) {
  struct statx status = {};
  if (!SystemStat(handle, &status)) return false;
  *identity = IdentityOf(status);
  return true;
}

bool Identify(const char* name, Identity* identity) {
  struct statx status = {};
  if (!SystemStat(DevicePath(name).c_str(), &status)) return false;
  *identity = IdentityOf(status);
  return true;
}

bool AskIdentity(int handle, __u64* id) {
  ksem_ioc_info info = {};
  if (!SystemIoctl(handle, KSEM_IOC_INFO, &info)) return false;
  *id = info.id;
  return true;
}

}  // namespace ksem_preload

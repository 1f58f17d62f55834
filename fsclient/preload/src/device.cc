// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/device.h"

#include <errno.h>
#include <string.h>

#include "fsclient/preload/src/complain.h"
#include "fsclient/preload/src/system.h"

namespace ksem_preload {
namespace {

Identity IdentityOf(const struct statx& status) {
  return {makedev(status.stx_rdev_major, status.stx_rdev_minor),
          makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

bool IsRefusal(int error) {
  return error == EPERM || error == EACCES || error == ENOSYS;
}

// Where statx() failed: whether a filter is the reason. Anybody may look at the
// root. Keeps errno.
void ExplainStat() {
  const int error = errno;
  struct statx root = {};
  if (IsRefusal(error) && !SystemStat("/", &root) && IsRefusal(errno)) {
    Complain("", "",
             "statx() is refused, probably by a seccomp filter; without it "
             "this program can't open semaphores of ksem");
  }
  errno = error;
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

bool StatDevice(int handle, struct statx* status) {
  if (SystemStat(handle, status)) return true;
  ExplainStat();
  return false;
}

bool StatDevice(const char* name, struct statx* status) {
  if (SystemStat(DevicePath(name).c_str(), status)) return true;
  ExplainStat();
  return false;
}

bool Identify(int handle, Identity* identity) {
  struct statx status = {};
  if (!StatDevice(handle, &status)) return false;
  *identity = IdentityOf(status);
  return true;
}

bool Identify(const char* name, Identity* identity) {
  struct statx status = {};
  if (!StatDevice(name, &status)) return false;
  *identity = IdentityOf(status);
  return true;
}

bool AskFreely(int handle, unsigned long request, const void* structure) {
  if (SystemIoctl(handle, request, structure)) return true;
  if (IsRefusal(errno)) {
    Complain(
        "", "",
        "ioctl() is refused, probably by a seccomp filter; without it this "
        "program can neither wait for a semaphore of ksem nor wake a waiter");
  }
  return false;
}

bool AskIdentity(int handle, __u64* id) {
  ksem_ioc_info info = {};
  if (!AskFreely(handle, KSEM_IOC_INFO, &info)) return false;
  *id = info.id;
  return true;
}

bool IsSemaphore(const char* name, int handle, __u64* id) {
  if (AskIdentity(handle, id)) return true;
  if (errno != ENOTTY && errno != EINVAL) return false;
  Complain("/dev/ksem/", name,
           ": that is a file of another kind, not a semaphore's device; remove "
           "it, and make the semaphore anew");
  errno = ENOSYS;
  return false;
}

}  // namespace ksem_preload

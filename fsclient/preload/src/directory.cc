// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/directory.h"

#include <errno.h>
#include <sched.h>

#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/system.h"

namespace ksem_preload {
namespace {

bool Leave(int control, const ksem_settings& settings) {
  return AskFreely(control, KSEM_IOC_NEXT, &settings);
}

bool MakeBy(int control, const char* path, const ksem_settings& settings) {
  // Before anything is made: a filter may let nobody look at it.
  Identity identity;
  if (!Identify(control, &identity) || !Leave(control, settings)) return false;
  if (SystemMakeDirectory(path)) return true;
  // Nobody took them, if there is one of that name already.
  const int error = errno;
  Leave(control, {});
  errno = error;
  return false;
}

bool RemoveBy(int device) {
  if (device >= 0 && SystemIoctl(device, KSEM_IOC_REMOVE, nullptr)) return true;
  if (errno != EBUSY && errno != ENOENT) errno = EACCES;
  return false;
}

}  // namespace

Text<kPathSize> DirectoryPath(const char* name) {
  Text<kPathSize> path;
  path.Add("/sys/kernel/config/ksem/").Add(name);
  return path;
}

ino_t FindDirectory(const char* name) {
  struct statx status = {};
  return SystemStat(DirectoryPath(name).c_str(), &status) ? status.stx_ino : 0;
}

bool MakeDirectory(const char* name, const ksem_settings& settings,
                   ino_t* directory) {
  const int control = Enter(SystemOpen(KSEM_CONTROL, O_RDWR | O_CLOEXEC));
  const bool made =
      control >= 0 && MakeBy(control, DirectoryPath(name).c_str(), settings);
  CloseFile(control);
  if (made) {
    if (directory != nullptr) *directory = FindDirectory(name);
    return true;
  }
  // The module is there, configfs or its nodes aren't.
  if (errno == ENOENT) errno = ENOSYS;
  if (errno == EPERM) errno = EACCES;
  return false;
}

bool TakeBack(const char* name, ino_t directory) {
  // What another process is just removing is there for a moment yet.
  constexpr int kLooks = 1000;
  const int error = errno;
  bool stays = directory != 0;
  for (int looks = 0; stays && looks < kLooks; ++looks) {
    if (looks > 0) sched_yield();
    stays = FindDirectory(name) == directory;
  }
  const bool removed = stays && RemoveDirectory(name);
  errno = error;
  return removed;
}

bool RemoveDirectory(const char* name, int device) {
  if (SystemRemoveDirectory(DirectoryPath(name).c_str())) return true;
  if (errno != EPERM && errno != EACCES) return false;
  // The directory is root's, the node may be ours.
  if (device >= 0) return RemoveBy(device);
  const int own = OpenOwnDevice(name);
  const bool removed = RemoveBy(own);
  CloseFile(own);
  return removed;
}

}  // namespace ksem_preload

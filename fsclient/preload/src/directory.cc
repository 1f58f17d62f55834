// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/directory.h"

#include <errno.h>

#include "fsclient/preload/src/system.h"

namespace ksem_preload {

Text<kPathSize> DirectoryPath(const char* name) {
  Text<kPathSize> path;
  path.Add("/sys/kernel/config/ksem/").Add(name);
  return path;
}

bool MakeDirectory(const char* name) {
  if (SystemMakeDirectory(DirectoryPath(name).c_str())) return true;
  // The module is there, configfs isn't mounted.
  if (errno == ENOENT) errno = ENOSYS;
  if (errno == EPERM) errno = EACCES;
  return false;
}

bool RemoveDirectory(const char* name) {
  if (SystemRemoveDirectory(DirectoryPath(name).c_str())) return true;
  if (errno == EPERM) errno = EACCES;
  return false;
}

}  // namespace ksem_preload

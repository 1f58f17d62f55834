// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fsclient/posix/src/system.h"
#include "fsclient/posix/src/text.h"

namespace ksem_posix {
namespace {

// Above those that a program prints to, even if they are closed just now: a
// number that is printed to a handle is a post.
int MoveUp(int handle) {
  if (handle > STDERR_FILENO) return handle;
  const int moved = fcntl(handle, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  CloseDevice(handle);
  return moved;
}

}  // namespace

int OpenDevice(const char* name) {
  Text<kPathSize> path;
  path.Add("/dev/ksem/").Add(name);
  const int handle = SystemOpen(path.c_str(), O_RDWR | O_CLOEXEC);
  return handle < 0 ? -1 : MoveUp(handle);
}

int ReopenDevice(dev_t device) {
  Text<kPathSize> link;
  link.Add("/sys/dev/char/").Add(major(device)).Add(":").Add(minor(device));
  char target[kPathSize];
  const ssize_t length = readlink(link.c_str(), target, sizeof(target) - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  const char* slash = strrchr(target, '/');
  return slash == nullptr ? -1 : OpenDevice(slash + 1);
}

void CloseDevice(int handle) {
  const int error = errno;
  SystemClose(handle);
  errno = error;
}

}  // namespace ksem_posix

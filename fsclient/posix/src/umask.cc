// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/umask.h"

#include <stdlib.h>
#include <string.h>

#include "fsclient/posix/src/system.h"

namespace ksem_posix {

mode_t CurrentUmask() {
  constexpr mode_t kOwnerOnly = 077;
  const int fd = SystemOpen("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return kOwnerOnly;
  // It is the second line, behind a name that the kernel keeps short.
  char text[256];
  const ssize_t length = SystemRead(fd, text, sizeof(text) - 1);
  SystemClose(fd);
  if (length < 0) return kOwnerOnly;
  text[length] = '\0';
  constexpr char kKey[] = "\nUmask:";
  const char* line = strstr(text, kKey);
  if (line == nullptr) return kOwnerOnly;
  return strtoul(line + strlen(kKey), nullptr, 8);
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/beginning.h"

#include "fsclient/preload/src/system.h"

namespace ksem_preload {

bool ReadBeginning(const char* path, char* text, std::size_t size) {
  const int fd = SystemOpen(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t length = SystemRead(fd, text, size - 1);
  SystemClose(fd);
  if (length < 0) return false;
  text[length] = '\0';
  return true;
}

}  // namespace ksem_preload

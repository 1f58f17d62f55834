// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/request.h"

#include <sys/ioctl.h>

#include "fsclient/posix/src/table.h"

namespace ksem_posix {

int Request(const sem_t* sem, unsigned long request, void* argument) {
  int handle = HandleOf(sem);
  if (handle == -1) return -1;
  int result;
  do {
    result = ioctl(handle, request, argument);
  } while (result != 0 && RestoreHandle(sem, &handle));
  return result;
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
// Semaphores come and go by their directories in configfs.
#ifndef KSEM_POSIX_SRC_DIRECTORY_H_
#define KSEM_POSIX_SRC_DIRECTORY_H_

#include <sys/types.h>

namespace ksem_posix {

// Makes one; its handle, or -1 with errno set: EEXIST if there is one already,
// ENOENT if somebody has unlinked it before we had it.
int MakeSemaphore(const char* name, mode_t mode, unsigned value);

// False with errno set.
bool RemoveSemaphore(const char* name);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_DIRECTORY_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_MAKE_H_
#define KSEM_POSIX_SRC_MAKE_H_

#include <semaphore.h>
#include <sys/types.h>

namespace ksem_posix {

// Makes one that has its value and mode from the first moment on, and opens it;
// or SEM_FAILED with errno set: EEXIST if there is one already, ENOENT if
// another process has unlinked the new one before it was opened.
sem_t* MakeSemaphore(const char* name, mode_t mode, unsigned value);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_MAKE_H_

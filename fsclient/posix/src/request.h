// SPDX-License-Identifier: MIT
// What the kernel is asked for when the word alone won't do.
#ifndef KSEM_POSIX_SRC_REQUEST_H_
#define KSEM_POSIX_SRC_REQUEST_H_

#include <semaphore.h>

namespace ksem_posix {

// An ioctl() on the handle of an open semaphore. Safe in a signal handler; not
// a cancellation point.
int Request(const sem_t* sem, unsigned long request, void* argument);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_REQUEST_H_

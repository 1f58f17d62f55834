// SPDX-License-Identifier: MIT
// The semaphores that this process has open.
#ifndef KSEM_POSIX_SRC_TABLE_H_
#define KSEM_POSIX_SRC_TABLE_H_

#include <semaphore.h>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

// The address for a device that was opened under the lock, which is still held:
// the one that it has already if the semaphore is open. The descriptor is the
// table's then. SEM_FAILED with errno set, as for -1.
sem_t* AddOpen(const char* name, int device);

// Takes one AddOpen() back. False with EINVAL if the semaphore isn't open.
bool DropOpen(sem_t* sem);

// What a request is made with. It says which semaphore it means: the program
// may have closed the descriptor, and have something else by that number.
struct Handle {
  int number;
  __u64 id;
};

// False with EINVAL if the semaphore isn't open. Safe in a signal handler, as
// what follows.
bool GetHandle(const sem_t* sem, Handle* handle);

// Whether the number still is ours. False with EBADF if it isn't.
bool IsOurs(const Handle& handle);

// After a request failed: whether it may be made again, with another handle. If
// the semaphore still has its name, it is opened anew. Keeps errno, but for
// EBADF if the handle is lost for good.
bool RestoreHandle(const sem_t* sem, const Handle& handle);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_TABLE_H_

// SPDX-License-Identifier: MIT
// The semaphores that this process has open.
#ifndef KSEM_POSIX_SRC_TABLE_H_
#define KSEM_POSIX_SRC_TABLE_H_

#include <semaphore.h>

namespace ksem_posix {

// The address for a handle, which is then the table's: the one that it has
// already if the semaphore is open. SEM_FAILED with errno set.
sem_t* AddOpen(int handle);

// Takes one AddOpen() back. False with EINVAL if the semaphore isn't open.
bool DropOpen(sem_t* sem);

// The handle; -1 with EINVAL if the semaphore isn't open. Safe in a signal
// handler, as what follows.
int HandleOf(const sem_t* sem);

// After a request failed: whether it may be made again, with another handle.
// Programs that become daemons close all the descriptors they can think of. If
// the semaphore still has its name, it is opened anew. Keeps errno.
bool RestoreHandle(const sem_t* sem, int* handle);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_TABLE_H_

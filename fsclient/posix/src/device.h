// SPDX-License-Identifier: MIT
// Handles: open files of /dev/ksem/NAME. None of these is a cancellation point.
#ifndef KSEM_POSIX_SRC_DEVICE_H_
#define KSEM_POSIX_SRC_DEVICE_H_

#include <sys/types.h>

namespace ksem_posix {

// A descriptor of 3 or more, closed on exec; or -1 with errno set.
int OpenDevice(const char* name);

// The semaphore that has this device now. Safe in a signal handler.
int ReopenDevice(dev_t device);

// Keeps errno.
void CloseDevice(int handle);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_DEVICE_H_

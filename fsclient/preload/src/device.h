// SPDX-License-Identifier: MIT
// Handles: open files of /dev/ksem/NAME. None of these is a cancellation point.
#ifndef KSEM_PRELOAD_SRC_DEVICE_H_
#define KSEM_PRELOAD_SRC_DEVICE_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/text.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_preload {

// The number of a device is used again some day, an inode's of devtmpfs is not:
// a semaphore that was removed doesn't look like one that was made later.
struct Identity {
  dev_t device = 0;
  dev_t filesystem = 0;
  ino_t inode = 0;

  bool operator==(const Identity&) const = default;
};

Text<kPathSize> DevicePath(const char* name);

// Entered in the register (descriptors.h), under the lock; or -1 with errno
// set. ENOENT also if it is just being removed.
int OpenDevice(const char* name, int flags = O_RDWR);

// The same for its owner, whatever the node's mode lets him do.
int OpenOwnDevice(const char* name);

// The name of the semaphore that has this device now. False if there is none.
bool NameDevice(dev_t device, Text<kNameMax + 1>* name);

// Looks at an open handle, or at what has the name now. False with errno set;
// standard error is told if a filter is the reason.
bool StatDevice(int handle, struct statx* status);
bool StatDevice(const char* name, struct statx* status);

// Of an open handle, or of what has the name now. False if there is none.
bool Identify(int handle, Identity* identity);
bool Identify(const char* name, Identity* identity);

// Makes a request that ksem refuses to nobody. False with errno set; standard
// error is told if a filter is the reason.
bool AskFreely(int handle, unsigned long request, const void* structure);

// Asks a handle for the number that its semaphore alone ever has. False with
// errno set: ENOTTY if it is a file of another kind.
bool AskIdentity(int handle, __u64* id);

// The same of a handle that was opened by this name. A redirection to a
// semaphore that isn't there makes a file, and then the semaphore has no node:
// false with ENOSYS, and standard error is told.
bool IsSemaphore(const char* name, int handle, __u64* id);

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_DEVICE_H_

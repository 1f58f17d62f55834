// SPDX-License-Identifier: MIT
// Semaphores come and go by their directories in configfs.
#ifndef KSEM_PRELOAD_SRC_DIRECTORY_H_
#define KSEM_PRELOAD_SRC_DIRECTORY_H_

#include <sys/types.h>

#include "fsclient/preload/src/text.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_preload {

Text<kPathSize> DirectoryPath(const char* name);

// The inode of what has the name now, 0 if there is none: it tells a directory
// from one that is made later.
ino_t FindDirectory(const char* name);

// False with errno set: ENOSYS if configfs isn't mounted, or /dev isn't the
// kernel's; EACCES without permission.
//
// A new one has the settings from its first moment on. Both are called under
// the lock (lock.h): the settings are the thread's, and a signal handler that
// makes a semaphore would take them; and no child is to be born with the
// descriptor that they are left by.
bool MakeDirectory(const char* name, const ksem_settings& settings,
                   ino_t* directory = nullptr);
// Removes one that was made for nothing, unless the name is another one's by
// now. Keeps errno.
bool TakeBack(const char* name, ino_t directory);
// `device`: its handle, if the caller has one.
bool RemoveDirectory(const char* name, int device = -1);

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_DIRECTORY_H_

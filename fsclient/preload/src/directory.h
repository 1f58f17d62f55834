// SPDX-License-Identifier: MIT
// Semaphores come and go by their directories in configfs.
#ifndef KSEM_PRELOAD_SRC_DIRECTORY_H_
#define KSEM_PRELOAD_SRC_DIRECTORY_H_

#include "fsclient/preload/src/text.h"

namespace ksem_preload {

Text<kPathSize> DirectoryPath(const char* name);

// False with errno set: ENOSYS if configfs isn't mounted, EACCES without
// permission.
bool MakeDirectory(const char* name);
bool RemoveDirectory(const char* name);

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_DIRECTORY_H_

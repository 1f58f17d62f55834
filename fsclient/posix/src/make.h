// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_MAKE_H_
#define KSEM_POSIX_SRC_MAKE_H_

#include <sys/types.h>

namespace ksem_posix {

// Makes one that has its value and mode from the first moment on; its handle,
// or -1 with errno set: EEXIST if there is one already, ENOENT if another
// process has unlinked the new one before it was opened.
int MakeSemaphore(const char* name, mode_t mode, unsigned value);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_MAKE_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_UMASK_H_
#define KSEM_POSIX_SRC_UMASK_H_

#include <sys/types.h>

namespace ksem_posix {

// Without changing it, as umask() does for a moment, under the eyes of other
// threads. Where it can't be read: one that leaves the owner only.
mode_t CurrentUmask();

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_UMASK_H_

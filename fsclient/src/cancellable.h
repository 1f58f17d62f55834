// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_CANCELLABLE_H_
#define KSEM_SRC_CANCELLABLE_H_

namespace ksem::internal {

// An ioctl() that is a cancellation point, which the C library's is not.
// Returns a negative errno if it fails.  It may be left by unwinding also after
// the kernel has carried it out.
int cancellable_ioctl(int fd, unsigned long request, void* argument);

}  // namespace ksem::internal

#endif  // KSEM_SRC_CANCELLABLE_H_

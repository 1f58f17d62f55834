// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_CANCELLABLE_H_
#define KSEM_SRC_CANCELLABLE_H_

#include <pthread.h>

namespace ksem::internal {

// While it lives, nothing in this thread is a cancellation point: for what uses
// the standard library, which isn't made to be left at a read or a close.
class NotCancellable {
 public:
  NotCancellable() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~NotCancellable() { pthread_setcancelstate(before_, nullptr); }
  NotCancellable(const NotCancellable&) = delete;
  NotCancellable& operator=(const NotCancellable&) = delete;

 private:
  int before_;
};

// An ioctl() that is a cancellation point, which the C library's is not.
// Returns a negative errno if it fails.  It may be left by unwinding also after
// the kernel has carried it out.
int cancellable_ioctl(int fd, unsigned long request, void* argument);

}  // namespace ksem::internal

#endif  // KSEM_SRC_CANCELLABLE_H_

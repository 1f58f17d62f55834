// SPDX-License-Identifier: MIT
#include "fsclient/src/cancellable.h"

#include <pthread.h>
#include <sys/ioctl.h>

#include "fsclient/src/system.h"

namespace ksem::internal {

// A thread can leave it at any instruction, not only at a call.  C++ unwinds
// from there only if there is nothing to destroy here, so it has a file to
// itself, where it can't be inlined into what has.
int cancellable_ioctl(int fd, unsigned long request, void* argument) {
  int type;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): as said
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  const int result = or_errno(ioctl(fd, request, argument));
  pthread_setcanceltype(type, nullptr);
  return result;
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/src/cancellable.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "fsclient/src/system.h"

namespace ksem::internal {

// A thread can leave it at any instruction, not only at a call.  C++ unwinds
// from there only if there is nothing to destroy here, so it has a file to
// itself, where it can't be inlined into what has.
#ifdef __arm__
// And only by tables, which the C library's ioctl() hasn't there.  As Thumb
// code it could have its frame's address in r7.
[[gnu::target("arm")]]
#endif
int cancellable_ioctl(int fd, unsigned long request, void* argument) {
  int type, result;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): as said
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
#ifdef __arm__
  {
    register int r0 asm("r0") = fd;
    register unsigned long r1 asm("r1") = request;
    register void* r2 asm("r2") = argument;
    register long r7 asm("r7") = SYS_ioctl;
    asm volatile("svc 0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
    result = r0;
  }
#else
  result = or_errno(ioctl(fd, request, argument));
#endif
  pthread_setcanceltype(type, nullptr);
  return result;
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/libc.h"

namespace ksem_posix {

constinit Libc libc;

namespace {

// sem_post may be called by a signal handler, dlsym may not. What runs before
// this, other libraries' constructors, looks up for itself what it needs.
[[gnu::constructor]] void LookUp() {
  libc.open.get();
  libc.close.get();
  libc.unlink.get();
  libc.wait.get();
  libc.trywait.get();
  libc.timedwait.get();
  libc.clockwait.get();
  libc.post.get();
  libc.getvalue.get();
  libc.cancel.get();
}

}  // namespace
}  // namespace ksem_posix

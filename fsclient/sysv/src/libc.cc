// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/libc.h"

namespace ksem_sysv {

constinit Libc libc;

namespace {

// The C library's may be called by a signal handler, dlsym may not. What runs
// before this, other libraries' constructors, looks up for itself what it
// needs.
[[gnu::constructor]] void LookUp() {
  libc.get.get();
  libc.op.get();
  libc.timedop.get();
  libc.ctl.get();
  libc.unshare.get();
}

}  // namespace
}  // namespace ksem_sysv

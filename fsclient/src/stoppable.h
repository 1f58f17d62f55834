// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_STOPPABLE_H_
#define KSEM_SRC_STOPPABLE_H_

#include <pthread.h>

#include <cerrno>
#include <stop_token>

#include "fsclient/src/interrupt.h"

namespace ksem::internal {

// Calls `block`, a blocking system call that returns 0 or an errno.  ECANCELED
// if stop was requested first; EINTR if another signal's handler has run.
//
// `spoil` is called by the thread that requests the stop.  It makes the kernel
// refuse what `block` passes: a call that begins after this is refused; one
// that has begun is interrupted, and refused when it is restarted.  So there is
// no moment at which the request could be missed.
template <class Block, class Spoil>
int wait_stoppable(const std::stop_token& stop, const Block& block,
                   const Spoil& spoil) {
  const Interruptible interruptible;
  const std::stop_callback on_stop(stop, [&spoil, thread = pthread_self()] {
    spoil();
    interrupt(thread);
  });
  const int error = block();
  return error && stop.stop_requested() ? ECANCELED : error;
}

}  // namespace ksem::internal

#endif  // KSEM_SRC_STOPPABLE_H_

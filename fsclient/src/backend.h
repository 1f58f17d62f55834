// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_BACKEND_H_
#define KSEM_SRC_BACKEND_H_

#include <chrono>
#include <stop_token>

namespace ksem::internal {

// How units of one semaphore are taken and given.  What callers are promised is
// Semaphore's affair; this is what it builds on.  It calls trywait() first and
// the others only if that gave EAGAIN.
//
// Each function is safe from any number of threads, and in a child after fork.
// Each returns 0 or an errno; with an errno nothing was taken or given.  The
// first three are cancellation points that take nothing when they are
// cancelled; the others are none.
class Backend {
 public:
  virtual ~Backend() = default;

  // Blocks.  EINTR after a signal handler, perhaps.
  virtual int wait(int n) = 0;

  // Blocks.  ECANCELED if stop was requested first.
  virtual int wait(const std::stop_token& stop, int n) = 0;

  // Blocks so long at most; 0 or more.  ETIMEDOUT, or EINTR after a handler.
  virtual int timedwait(std::chrono::nanoseconds timeout, int n) = 0;

  // EAGAIN if the units are not there.
  virtual int trywait(int n) = 0;

  virtual int post(int n) = 0;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_BACKEND_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_BACKEND_H_
#define KSEM_SRC_BACKEND_H_

#include <cerrno>
#include <cstdint>
#include <vector>

#include "kernel/include/uapi/linux/ksem.h"
#include "ksem/internal/limit.h"
#include "ksem/semaphore.h"

namespace ksem::internal {

// A way to one semaphore.  What callers are promised is Semaphore's affair;
// this is what it builds on.
//
// Each function is safe from any number of threads, and in a child after fork.
// Those that return an int return 0 or an errno; with an errno nothing was
// taken or given.  acquire() is a cancellation point when it blocks, and has
// taken nothing when it is cancelled; the others are none.
class Backend {
 public:
  virtual ~Backend() = default;

  // ECANCELED if it had to block, and stop was requested first; ETIMEDOUT,
  // perhaps also if the clock was set back meanwhile and there is time left.
  // EINTR after a signal handler, perhaps.
  virtual int acquire(const Limit& limit, int n) = 0;

  // EAGAIN if the units are not there, or somebody waits already.
  virtual int try_acquire(int n) = 0;

  virtual int release(int n) = 0;

  virtual int value(int& value) const = 0;
  virtual int max(int& max) const = 0;
  virtual int waiters(int& waiters) const = 0;
  virtual int order(Order& order) const = 0;
  virtual int fair(bool& fair) const = 0;
  virtual int is_shutdown(bool& shutdown) const = 0;

  // All or none, in one step.  EPERM if the caller can't do it this way: by
  // files, or because somebody else owns the device.
  virtual int configure(const ksem_settings&) { return EPERM; }

  // What only a handle knows.
  virtual int identity(std::uint64_t&) const { return ENODEV; }
  virtual int undo_units(std::int64_t&) const { return ENODEV; }
  virtual int waiting(std::vector<Waiter>&) const { return ENODEV; }

  // Of the open device, or -1.
  virtual int descriptor() const { return -1; }

  // Where units can be taken and given without a call; see Word.
  virtual std::uint64_t* word() = 0;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_BACKEND_H_

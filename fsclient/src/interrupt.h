// SPDX-License-Identifier: MIT
// Waking a thread that is blocked in a system call.
//
// SIGURG does it: by default it does nothing, a program that handles it has to
// put up with one too many, and debuggers let it pass.
#ifndef KSEM_SRC_INTERRUPT_H_
#define KSEM_SRC_INTERRUPT_H_

#include <pthread.h>
#include <signal.h>

namespace ksem::internal {

// While it lives, interrupt() works on the thread that made it.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  sigset_t before_;
};

// The system call is restarted, or fails with EINTR if the program has a
// handler that says so.
void interrupt(pthread_t thread);

}  // namespace ksem::internal

#endif  // KSEM_SRC_INTERRUPT_H_

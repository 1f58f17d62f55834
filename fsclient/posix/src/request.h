// SPDX-License-Identifier: MIT
// What the kernel is asked for when the word alone won't do.
#ifndef KSEM_POSIX_SRC_REQUEST_H_
#define KSEM_POSIX_SRC_REQUEST_H_

#include <semaphore.h>

#include "fsclient/posix/src/table.h"

namespace ksem_posix {

// Has `ask` make a request with the handle of an open semaphore, and anew with
// another handle as long as the one it was made with turns out to be lost. What
// another file of that number would answer isn't asked for. `ask` gives 0, or
// -1 with errno set. Safe in a signal handler; a cancellation point only if
// `ask` is one.
template <typename Ask>
int Request(const sem_t* sem, Ask ask) {
  Handle handle;
  do {
    if (!GetHandle(sem, &handle)) return -1;
    if (IsOurs(handle) && ask(handle) == 0) return 0;
  } while (RestoreHandle(sem, handle));
  return -1;
}

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_REQUEST_H_

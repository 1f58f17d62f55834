// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_ATTEMPT_H_
#define KSEM_SYSV_SRC_ATTEMPT_H_

#include <errno.h>
#include <time.h>

#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/operations.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

// Does in one step what `add` adds to Operations; that says whether it could.
// As long as the set is there; false with errno set, EIDRM if it is removed.
template <typename Add>
bool Attempt(const Use& set, const timespec* timeout, Add add) {
  do {
    Operations operations;
    const int gate = set.Gate();
    if (gate >= 0) {
      PassGate(&operations, gate);
      if (add(&operations)) {
        if (operations.Do(timeout)) return true;
        if (StoppedAtGate(operations)) errno = EIDRM;
      }
    }
  } while (set.Restore());
  if (errno == EIDRM) set.Forget();
  return false;
}

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_ATTEMPT_H_

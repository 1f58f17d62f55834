// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_PROVIDER_H_
#define KSEM_SYSV_SRC_PROVIDER_H_

#include <errno.h>

#include "fsclient/preload/src/provider.h"

namespace ksem_sysv {

// Of System V semaphores, by KSEM_SYSV_MODE.
ksem_preload::Provider ChooseProvider();

// Calls one of two functions; ENOSYS if neither can be had.
template <typename Ours, typename Theirs>
int Call(Ours ours, Theirs theirs) {
  switch (ChooseProvider()) {
    case ksem_preload::Provider::kKsem:
      return ours();
    case ksem_preload::Provider::kLibc:
      return theirs();
    default:
      errno = ENOSYS;
      return -1;
  }
}

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_PROVIDER_H_

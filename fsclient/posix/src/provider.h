// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_PROVIDER_H_
#define KSEM_POSIX_SRC_PROVIDER_H_

#include "fsclient/preload/src/provider.h"

namespace ksem_posix {

// Of named semaphores, by KSEM_POSIX_MODE.
ksem_preload::Provider ChooseProvider();

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_PROVIDER_H_

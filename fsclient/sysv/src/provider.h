// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_PROVIDER_H_
#define KSEM_SYSV_SRC_PROVIDER_H_

#include "fsclient/preload/src/provider.h"

namespace ksem_sysv {

// Of System V semaphores, by KSEM_SYSV_MODE.
ksem_preload::Provider ChooseProvider();

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_PROVIDER_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_LIMITS_H_
#define KSEM_SYSV_SRC_LIMITS_H_

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

// SEMVMX, SEMMSL and SEMOPM of <sys/sem.h>, which has no numbers for them.
inline constexpr int kMaxValue = 32767;
// Each member is a directory of its own.
inline constexpr unsigned kMaxMembers = 1024;
// The gate's operation goes with them.
inline constexpr unsigned kMaxOperations = KSEM_OPS_MAX - 1;

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_LIMITS_H_

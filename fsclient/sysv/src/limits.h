// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_LIMITS_H_
#define KSEM_SYSV_SRC_LIMITS_H_

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

// SEMVMX of <sys/sem.h>, which has no number for it.
inline constexpr int kMaxValue = 32767;
// Each member is a directory of its own.
inline constexpr unsigned kMaxMembers = KSEM_GROUP_MAX;

// What an administrator may have set for the kernel's own semaphores
// (/proc/sys/kernel/sem), and as far as we can do it.
struct Limits {
  unsigned members = KSEM_GROUP_MAX;   // of a set: SEMMSL
  unsigned all_members = 1024000000;   // SEMMNS
  unsigned operations = KSEM_OPS_MAX;  // of a call: SEMOPM
  unsigned sets = 32000;               // SEMMNI
};

Limits ReadLimits();

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_LIMITS_H_

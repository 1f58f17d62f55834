// SPDX-License-Identifier: MIT
// semctl() on a set as a whole. All give 0, or -1 with errno set.
#ifndef KSEM_SYSV_SRC_STATUS_H_
#define KSEM_SYSV_SRC_STATUS_H_

#include <sys/sem.h>

#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

int GetStatus(const Use& set, semid_ds* status);
int SetStatus(const Use& set, const semid_ds* status);
int Remove(const Use& set);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_STATUS_H_

// SPDX-License-Identifier: MIT
// semctl() on sets as a whole. All give -1 with errno set if they fail, and 0
// if nothing else is said.
#ifndef KSEM_SYSV_SRC_STATUS_H_
#define KSEM_SYSV_SRC_STATUS_H_

#include <sys/sem.h>

#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

int GetStatus(const Use& set, semid_ds* status);
int SetStatus(const Use& set, const semid_ds& status);
int Remove(const Use& set);

// Of a set by its place among all, which is its id here, too. The id.
int GetStatusAt(int place, semid_ds* status);
// The same, by callers that may not read the set, too.
int GetAnyStatusAt(int place, semid_ds* status);

// IPC_INFO, and SEM_INFO with `used`. The last place that there is.
int GetInfo(seminfo* info, bool used);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_STATUS_H_

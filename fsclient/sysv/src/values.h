// SPDX-License-Identifier: MIT
// semctl() on members. All give -1 with errno set if they fail, and 0 if
// nothing else is said.
#ifndef KSEM_SYSV_SRC_VALUES_H_
#define KSEM_SYSV_SRC_VALUES_H_

#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

int GetValue(const Use& set, unsigned member);
// How many wait for units, and until there are none.
int GetWaitersForUnits(const Use& set, unsigned member);
int GetWaitersForZero(const Use& set, unsigned member);
// Who has operated on it last.
int GetProcess(const Use& set, unsigned member);

int SetValue(const Use& set, unsigned member, int value);
int GetAll(const Use& set, unsigned short* values);
int SetAll(const Use& set, const unsigned short* values);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_VALUES_H_

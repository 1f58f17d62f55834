// SPDX-License-Identifier: MIT
// How sets come and go, for all processes. To be called under the lock of this
// one: no child is to be born with the handle of a gate that is held.
#ifndef KSEM_SYSV_SRC_LIFE_H_
#define KSEM_SYSV_SRC_LIFE_H_

#include <sys/types.h>

#include "fsclient/sysv/src/name.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

// Makes a set of this name; its id, or -1 with errno set: EAGAIN if somebody
// else is making or removing it, or has just done so. Then it is to be looked
// for anew.
int MakeSet(const Name& set, key_t key, unsigned members, mode_t mode);

// Removes it, and its names as far as that can be. False with errno set: EPERM
// without permission, EIDRM if it is removed.
bool RemoveSet(const Use& set);

// Changes whose it is. False with errno set: EAGAIN if somebody else is just
// doing so or removing it, EIDRM if it is removed.
bool SetAccess(const Use& set, uid_t owner, gid_t group, mode_t mode);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_LIFE_H_

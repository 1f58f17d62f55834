// SPDX-License-Identifier: MIT
// What ksem calls a set: "sysv-" and the key in 8 hexadecimal digits, after
// what KSEM_SYSV_PREFIX says. Its members have a point and their number behind
// it.
#ifndef KSEM_SYSV_SRC_NAME_H_
#define KSEM_SYSV_SRC_NAME_H_

#include <sys/types.h>

#include "fsclient/preload/src/text.h"

namespace ksem_sysv {

using Name = ksem_preload::Text<ksem_preload::kNameMax + 1>;

// False with EINVAL if the prefix is too long, or has a slash in it.
bool NameSet(key_t key, Name* name);

// One that nobody else is likely to think of, for IPC_PRIVATE.
bool NamePrivateSet(Name* name);

Name NameMember(const Name& set, unsigned member);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_NAME_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_SETTINGS_H_
#define KSEM_SRC_SETTINGS_H_

#include "fsclient/src/directory.h"
#include "kernel/include/uapi/linux/ksem.h"
#include "ksem/semaphore.h"

namespace ksem::internal {

// As the kernel takes them.  EINVAL for what it has no way to say, else 0.
int to_kernel(const Settings& settings, ksem_settings& result);

// By the files, one after the other, in an order that works.  Returns 0 or an
// errno; what came before the one that failed is set then.
int write_settings(const Directory& directory, const ksem_settings& settings);

}  // namespace ksem::internal

#endif  // KSEM_SRC_SETTINGS_H_

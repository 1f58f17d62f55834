// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_COUNTERS_H_
#define KSEM_SRC_COUNTERS_H_

#include "fsclient/src/opened.h"
#include "ksem/semaphore.h"

namespace ksem::internal {

// From /sys/class/ksem.  Returns 0 or an errno.
int read_counters(const Opened& opened, Counters& counters);

}  // namespace ksem::internal

#endif  // KSEM_SRC_COUNTERS_H_

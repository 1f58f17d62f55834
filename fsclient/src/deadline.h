// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_DEADLINE_H_
#define KSEM_SRC_DEADLINE_H_

#include <algorithm>

#include "kernel/include/uapi/linux/ksem.h"
#include "ksem/internal/limit.h"

namespace ksem::internal {

// Of a ksem_ioc_wait or a ksem_ioc_multi.
template <class Request>
void set_deadline(const Limit& limit, Request& request) {
  if (!limit.deadline) return;
  request.flags |= KSEM_WAIT_DEADLINE;
  request.clock = static_cast<__u32>(limit.deadline->clock);
  request.timeout = std::max<__s64>(limit.deadline->at.count(), 0);
}

}  // namespace ksem::internal

#endif  // KSEM_SRC_DEADLINE_H_

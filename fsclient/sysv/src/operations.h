// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_OPERATIONS_H_
#define KSEM_SYSV_SRC_OPERATIONS_H_

#include <time.h>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

// Operations on semaphores that the kernel does in one step, in their order, or
// not at all.
class Operations {
 public:
  // `op` and `flags`: KSEM_OP_*. No more than KSEM_OPS_MAX.
  Operations& Add(int handle, unsigned op, unsigned units, unsigned flags = 0);

  // False with errno set. No signal handler makes it start again.
  bool Do(const timespec* timeout = nullptr);

  // Which one failed.
  unsigned failed() const { return request_.index; }

 private:
  ksem_ioc_op operations_[KSEM_OPS_MAX];
  ksem_ioc_multi request_ = {};
};

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_OPERATIONS_H_

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/operations.h"

#include <stdint.h>
#include <sys/ioctl.h>

#include "fsclient/preload/src/nanoseconds.h"

namespace ksem_sysv {

Operations& Operations::Add(int handle, unsigned op, unsigned units,
                            unsigned flags) {
  operations_[request_.nr++] = {handle, op, units, flags, 0};
  return *this;
}

bool Operations::Do(const timespec* timeout) {
  request_.ops = reinterpret_cast<uintptr_t>(operations_);
  request_.op_size = sizeof(*operations_);
  request_.flags = KSEM_WAIT_NORESTART;
  if (timeout != nullptr) {
    request_.flags |= KSEM_WAIT_TIMEOUT;
    request_.timeout = ksem_preload::Nanoseconds(*timeout);
    request_.clock = CLOCK_MONOTONIC;
  }
  return ioctl(operations_[0].fd, KSEM_IOC_ALL, &request_) == 0;
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/operations.h"

#include <stdint.h>
#include <sys/ioctl.h>

namespace ksem_sysv {
namespace {

constexpr long kNanosecondsOfSecond = 1'000'000'000;

// What is longer than the clock goes will do as that.
__s64 Nanoseconds(const timespec& time) {
  __s64 nanoseconds;
  if (__builtin_mul_overflow(time.tv_sec, kNanosecondsOfSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, time.tv_nsec, &nanoseconds)) {
    return INT64_MAX;
  }
  return nanoseconds;
}

}  // namespace

Operations& Operations::Add(int handle, unsigned op, unsigned units,
                            unsigned flags) {
  operations_[request_.nr++] = {handle, op, units, flags};
  return *this;
}

bool Operations::Do(const timespec* timeout) {
  request_.ops = reinterpret_cast<uintptr_t>(operations_);
  request_.flags = KSEM_WAIT_NORESTART;
  if (timeout != nullptr) {
    request_.flags |= KSEM_WAIT_TIMEOUT;
    request_.timeout = Nanoseconds(*timeout);
    request_.clock = CLOCK_MONOTONIC;
  }
  return ioctl(operations_[0].fd, KSEM_IOC_ALL, &request_) == 0;
}

}  // namespace ksem_sysv

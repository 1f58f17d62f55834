// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_DESCRIPTOR_H_
#define KSEM_SRC_DESCRIPTOR_H_

#include <cerrno>
#include <utility>

#include "fsclient/src/system.h"

namespace ksem::internal {

// Owns an open file, or the errno that says why there is none.
class Descriptor {
 public:
  explicit Descriptor(int fd_or_negative_errno) : fd_(fd_or_negative_errno) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close_now(fd_);
  }

  int fd() const { return fd_; }
  int error() const { return fd_ < 0 ? -fd_ : 0; }
  int release() { return std::exchange(fd_, -EBADF); }

 private:
  int fd_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_DESCRIPTOR_H_

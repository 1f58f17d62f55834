// SPDX-License-Identifier: MIT
#ifndef TOOLS_KSEM_FD_H_
#define TOOLS_KSEM_FD_H_

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

#include "tools/ksem/failure.h"

namespace ksem_tool {

class Fd {
 public:
  // Takes what a system call returned, error included.
  Fd(int fd, const char* call) : fd_(fd) {
    if (fd_ < 0) throw Failure(errno, call);
  }
  ~Fd() { close(fd_); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  int get() const { return fd_; }

 private:
  int fd_;
};

// Returns false, and errno, if that failed.
inline bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(fd, text.data(), text.size());
    if (done < 0 && errno != EINTR) return false;
    if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_FD_H_

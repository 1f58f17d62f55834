// SPDX-License-Identifier: MIT
#include "fsclient/src/system.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace ksem::internal {
namespace {

int or_errno(long result) {
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace

int open_at(int directory, const char* path, int flags) {
  return or_errno(syscall(SYS_openat, directory, path, flags | O_CLOEXEC, 0));
}

int read_some(int fd, char* data, std::size_t size) {
  return or_errno(syscall(SYS_read, fd, data, size));
}

int write_now(int fd, std::string_view text) {
  // Zeros for as many registers as an offset takes anywhere.
  return or_errno(
      syscall(SYS_pwrite64, fd, text.data(), text.size(), 0L, 0L, 0L));
}

void close_now(int fd) { syscall(SYS_close, fd); }

int write_blocking(int fd, std::string_view text) {
  return or_errno(write(fd, text.data(), text.size()));
}

}  // namespace ksem::internal

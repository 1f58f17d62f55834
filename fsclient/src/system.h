// SPDX-License-Identifier: MIT
// System calls that return a negative errno.
//
// The C library's open, read, write and close are cancellation points: they may
// be left by unwinding, even when they have done their work.  Those that don't
// block are called past it, so a destructor may use them and nothing is lost.
#ifndef KSEM_SRC_SYSTEM_H_
#define KSEM_SRC_SYSTEM_H_

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

namespace ksem::internal {

inline int or_errno(long result) {
  return result < 0 ? -errno : static_cast<int>(result);
}

// Out of the way of small numbers: never 0, 1 or 2, even if the program was
// started without them, as what it prints would give units; and where those
// that close descriptors one by one, or want certain numbers, seldom come.
// Closes the descriptor that it is given, or returns that.
int move_up(int fd);

// Closed on exec, and moved up.
inline int open_at(int directory, const char* path, int flags) {
  return move_up(
      or_errno(syscall(SYS_openat, directory, path, flags | O_CLOEXEC, 0)));
}

inline int read_some(int fd, char* data, std::size_t size) {
  return or_errno(syscall(SYS_read, fd, data, size));
}

// At offset 0; the offset of the open file is neither used nor locked.
inline int write_now(int fd, std::string_view text) {
  // Zeros for as many registers as an offset takes anywhere.
  return or_errno(
      syscall(SYS_pwrite64, fd, text.data(), text.size(), 0L, 0L, 0L));
}

inline void close_now(int fd) { syscall(SYS_close, fd); }

// The one cancellation point.  What it writes moves the file's offset.
inline int write_blocking(int fd, std::string_view text) {
  return or_errno(write(fd, text.data(), text.size()));
}

}  // namespace ksem::internal

#endif  // KSEM_SRC_SYSTEM_H_

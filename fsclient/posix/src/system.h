// SPDX-License-Identifier: MIT
// System calls that are cancellation points in the C library, called past it:
// nothing that is half done here can be left by a cancelled thread.
#ifndef KSEM_POSIX_SRC_SYSTEM_H_
#define KSEM_POSIX_SRC_SYSTEM_H_

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace ksem_posix {

inline int SystemOpen(const char* path, int flags) {
  return syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

inline ssize_t SystemRead(int fd, void* data, std::size_t size) {
  return syscall(SYS_read, fd, data, size);
}

inline void SystemClose(int fd) { syscall(SYS_close, fd); }

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_SYSTEM_H_

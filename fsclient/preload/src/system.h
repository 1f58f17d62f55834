// SPDX-License-Identifier: MIT
// System calls that are cancellation points in the C library, called past it:
// nothing that is half done here can be left by a cancelled thread.
#ifndef KSEM_PRELOAD_SRC_SYSTEM_H_
#define KSEM_PRELOAD_SRC_SYSTEM_H_

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace ksem_preload {

inline int SystemOpen(const char* path, int flags) {
  return syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

inline ssize_t SystemRead(int fd, void* data, std::size_t size) {
  return syscall(SYS_read, fd, data, size);
}

inline ssize_t SystemPread(int fd, void* data, std::size_t size, off_t where) {
  return syscall(SYS_pread64, fd, data, size, where);
}

inline ssize_t SystemPwrite(int fd, const void* data, std::size_t size,
                            off_t where) {
  return syscall(SYS_pwrite64, fd, data, size, where);
}

inline void SystemClose(int fd) { syscall(SYS_close, fd); }

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_SYSTEM_H_

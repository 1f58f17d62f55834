// SPDX-License-Identifier: MIT
// System calls, made past the functions of that name. Some of those are
// cancellation points: nothing that is half done here can be left by a
// cancelled thread. Others have more preloaded libraries in front of them, as
// fakeroot's, which may need a semaphore for them while we are busy with it.
#ifndef KSEM_PRELOAD_SRC_SYSTEM_H_
#define KSEM_PRELOAD_SRC_SYSTEM_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstddef>

namespace ksem_preload {

inline int SystemOpen(const char* path, int flags) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, 0));
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

inline bool SystemTruncate(int fd, off_t size) {
  return syscall(SYS_ftruncate, fd, size) == 0;
}

inline void SystemClose(int fd) { syscall(SYS_close, fd); }

inline bool SystemIoctl(int fd, unsigned long request, const void* argument) {
  return syscall(SYS_ioctl, fd, request, argument) == 0;
}

inline bool SystemStat(int fd, struct statx* status) {
  return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status) ==
         0;
}

inline bool SystemStat(const char* path, struct statx* status) {
  return syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, status) == 0;
}

inline bool SystemExists(const char* path) {
  return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

// By the effective ids.
inline bool SystemMayAccess(const char* path, int access) {
  return syscall(SYS_faccessat2, AT_FDCWD, path, access, AT_EACCESS) == 0;
}

inline ssize_t SystemReadLink(const char* path, char* text, std::size_t size) {
  return syscall(SYS_readlinkat, AT_FDCWD, path, text, size);
}

inline bool SystemMakeDirectory(const char* path) {
  return syscall(SYS_mkdirat, AT_FDCWD, path, 0755) == 0;
}

inline bool SystemRemoveDirectory(const char* path) {
  return syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR) == 0;
}

inline void SystemUnlink(const char* path) {
  syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

inline bool SystemChown(const char* path, uid_t owner, gid_t group) {
  return syscall(SYS_fchownat, AT_FDCWD, path, owner, group, 0) == 0;
}

inline bool SystemChown(int fd, uid_t owner, gid_t group) {
  return syscall(SYS_fchown, fd, owner, group) == 0;
}

inline bool SystemChmod(const char* path, mode_t mode) {
  return syscall(SYS_fchmodat, AT_FDCWD, path, mode) == 0;
}

inline bool SystemChmod(int fd, mode_t mode) {
  return syscall(SYS_fchmod, fd, mode) == 0;
}

inline uid_t SystemUser() { return syscall(SYS_geteuid); }
inline gid_t SystemGroup() { return syscall(SYS_getegid); }

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_SYSTEM_H_

// SPDX-License-Identifier: MIT
// System calls, made past the functions of that name, syscall() included. Some
// of those are cancellation points: nothing that is half done here can be left
// by a cancelled thread. Others have more preloaded libraries in front of them,
// as fakeroot's, which may need a semaphore for them while we are busy with it.
// And ours keep programs off our descriptors.
#ifndef KSEM_PRELOAD_SRC_SYSTEM_H_
#define KSEM_PRELOAD_SRC_SYSTEM_H_

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>

namespace ksem_preload {

inline long AsRegister(long number) { return number; }
inline long AsRegister(const void* address) {
  return reinterpret_cast<long>(address);
}

// What the kernel returns: an error is a small negative number.
inline long EnterKernel(long number, const long (&arguments)[6]) {
#if defined(__x86_64__)
  long result;
  register long r10 asm("r10") = arguments[3];
  register long r8 asm("r8") = arguments[4];
  register long r9 asm("r9") = arguments[5];
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(arguments[0]), "S"(arguments[1]),
                 "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = arguments[0];
  register long x1 asm("x1") = arguments[1];
  register long x2 asm("x2") = arguments[2];
  register long x3 asm("x3") = arguments[3];
  register long x4 asm("x4") = arguments[4];
  register long x5 asm("x5") = arguments[5];
  asm volatile("svc #0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
#else
#error "how does this machine enter the kernel?"
#endif
}

// -1 with errno set, as syscall().
template <typename... Arguments>
long SystemCall(long number, Arguments... arguments) {
  constexpr long kLargestError = 4095;
  const long result = EnterKernel(number, {AsRegister(arguments)...});
  if (result >= 0 || result < -kLargestError) return result;
  errno = static_cast<int>(-result);
  return -1;
}

inline int SystemOpen(const char* path, int flags) {
  return static_cast<int>(SystemCall(SYS_openat, AT_FDCWD, path, flags, 0));
}

inline ssize_t SystemRead(int fd, void* data, std::size_t size) {
  return SystemCall(SYS_read, fd, data, size);
}

inline ssize_t SystemWrite(int fd, const void* data, std::size_t size) {
  return SystemCall(SYS_write, fd, data, size);
}

inline void SystemClose(int fd) { SystemCall(SYS_close, fd); }

// The lowest number from `least` on that is free, closed on exec.
inline int SystemDuplicate(int fd, int least) {
  return static_cast<int>(SystemCall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least));
}

inline int SystemDuplicateTo(int fd, int number, int flags) {
  return static_cast<int>(SystemCall(SYS_dup3, fd, number, flags));
}

inline bool SystemIsOpen(int fd) {
  return SystemCall(SYS_fcntl, fd, F_GETFD) >= 0;
}

inline bool SystemIoctl(int fd, unsigned long request, const void* argument) {
  return SystemCall(SYS_ioctl, fd, request, argument) == 0;
}

inline bool SystemStat(int fd, struct statx* status) {
  return SystemCall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS,
                    status) == 0;
}

inline bool SystemStat(const char* path, struct statx* status) {
  return SystemCall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, status) ==
         0;
}

inline bool SystemExists(const char* path) {
  return SystemCall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

// By the effective ids.
inline bool SystemMayAccess(const char* path, int access) {
  return SystemCall(SYS_faccessat2, AT_FDCWD, path, access, AT_EACCESS) == 0;
}

inline ssize_t SystemReadLink(const char* path, char* text, std::size_t size) {
  return SystemCall(SYS_readlinkat, AT_FDCWD, path, text, size);
}

inline bool SystemMakeDirectory(const char* path) {
  return SystemCall(SYS_mkdirat, AT_FDCWD, path, 0755) == 0;
}

inline bool SystemRemoveDirectory(const char* path) {
  return SystemCall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR) == 0;
}

inline bool SystemChown(int fd, uid_t owner, gid_t group) {
  return SystemCall(SYS_fchown, fd, owner, group) == 0;
}

inline bool SystemChmod(const char* path, mode_t mode) {
  return SystemCall(SYS_fchmodat, AT_FDCWD, path, mode) == 0;
}

inline bool SystemChmod(int fd, mode_t mode) {
  return SystemCall(SYS_fchmod, fd, mode) == 0;
}

inline pid_t SystemProcess() {
  return static_cast<pid_t>(SystemCall(SYS_getpid));
}

// To or from an address that a program has given. False with errno set, EFAULT
// if there is nothing. Where the kernel hasn't that call, or a filter forbids
// it, only null is told, and another bad address kills the process.
inline bool SystemCopy(void* to, const void* from, std::size_t size) {
  const int error = errno;
  const iovec here = {const_cast<void*>(from), size}, there = {to, size};
  const ssize_t done = SystemCall(SYS_process_vm_writev, SystemProcess(), &here,
                                  1UL, &there, 1UL, 0UL);
  if (done == static_cast<ssize_t>(size)) return true;
  if (done >= 0 || to == nullptr || from == nullptr) errno = EFAULT;
  if (errno == EFAULT) return false;
  errno = error;
  memcpy(to, from, size);
  return true;
}

inline uid_t SystemUser() { return SystemCall(SYS_geteuid); }
inline gid_t SystemGroup() { return SystemCall(SYS_getegid); }

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_SYSTEM_H_

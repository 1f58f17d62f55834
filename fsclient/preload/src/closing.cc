// SPDX-License-Identifier: MIT
// What programs close descriptors with, reuse numbers, or look whether they are
// in use. Ours look closed.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdarg.h>
#include <unistd.h>

#include <algorithm>

#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/next.h"

namespace ksem_preload {
namespace {

struct Libc {
  Next<int(int)> close{"close"};
  Next<int(unsigned, unsigned, int)> close_range{"close_range"};
  Next<void(int)> closefrom{"closefrom"};
  Next<int(int)> dup{"dup"};
  Next<int(int, int)> dup2{"dup2"};
  Next<int(int, int, int)> dup3{"dup3"};
  Next<int(int, int, ...)> fcntl{"fcntl"};
  Next<int(int, int, ...)> fcntl64{"fcntl64"};
};

constinit Libc libc;

// Signal handlers may call them, but not dlsym().
[[gnu::constructor]] void LookUp() {
  libc.close.get();
  libc.close_range.get();
  libc.closefrom.get();
  libc.dup.get();
  libc.dup2.get();
  libc.dup3.get();
  libc.fcntl.get();
  libc.fcntl64.get();
}

int NotOpen() {
  errno = EBADF;
  return -1;
}

int TakeOverLocked(int fd, int number, int flags) {
  const Locked locked;
  return TakeOver(fd, number, flags);
}

// What lies between ours.
int CloseRanges(unsigned first, unsigned last, int flags) {
  if (flags & CLOSE_RANGE_UNSHARE) {
    if (unshare(CLONE_FILES) != 0) return -1;
    flags &= ~static_cast<int>(CLOSE_RANGE_UNSHARE);
  }
  for (;;) {
    const unsigned ours = NextOfOurs(first);
    if (ours > first &&
        libc.close_range.get()(first, std::min(ours - 1, last), flags) != 0) {
      return -1;
    }
    if (ours >= last) return 0;
    first = ours + 1;
  }
}

}  // namespace
}  // namespace ksem_preload

using namespace ksem_preload;

KSEM_PRELOAD_EXPORT int close(int fd) {
  if (IsOurs(fd)) return NotOpen();
  return libc.close.get()(fd);
}

KSEM_PRELOAD_EXPORT int close_range(unsigned first, unsigned last,
                                    int flags) noexcept {
  if (first > last || NextOfOurs(first) > last) {
    return libc.close_range.get()(first, last, flags);
  }
  return CloseRanges(first, last, flags);
}

KSEM_PRELOAD_EXPORT void closefrom(int lowest) noexcept {
  const unsigned first = std::max(lowest, 0);
  if (NextOfOurs(first) == UINT_MAX) return libc.closefrom.get()(lowest);
  CloseRanges(first, UINT_MAX, 0);
}

KSEM_PRELOAD_EXPORT int dup(int fd) noexcept {
  if (IsOurs(fd)) return NotOpen();
  return libc.dup.get()(fd);
}

KSEM_PRELOAD_EXPORT int dup2(int fd, int number) noexcept {
  if (IsOurs(fd)) return NotOpen();
  if (IsOurs(number)) return TakeOverLocked(fd, number, 0);
  return libc.dup2.get()(fd, number);
}

KSEM_PRELOAD_EXPORT int dup3(int fd, int number, int flags) noexcept {
  if (IsOurs(fd)) return NotOpen();
  if (IsOurs(number)) return TakeOverLocked(fd, number, flags);
  return libc.dup3.get()(fd, number, flags);
}

// All commands take one argument at most, which fits a register.
KSEM_PRELOAD_EXPORT int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (IsOurs(fd)) return NotOpen();
  return libc.fcntl.get()(fd, command, argument);
}

KSEM_PRELOAD_EXPORT int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (IsOurs(fd)) return NotOpen();
  return libc.fcntl64.get()(fd, command, argument);
}

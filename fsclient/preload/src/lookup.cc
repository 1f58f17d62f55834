// SPDX-License-Identifier: MIT
// Ways past a preloaded library: a function that is looked up in the C library
// itself, as interpreters do; a module that is loaded with RTLD_DEEPBIND; and
// system calls by their numbers. They lead here, too: a program that is half on
// other semaphores would be worse off than one that is so altogether.
#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>

#include "fsclient/preload/src/complain.h"
#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/next.h"
#include "fsclient/preload/src/system.h"

namespace ksem_preload {
namespace {

using Lookup = void*(void*, const char*);

constinit std::atomic<Lookup*> libc_lookup = nullptr;
constinit Next<void*(const char*, int)> libc_load{"dlopen"};
constinit Next<void*(Lmid_t, const char*, int)> libc_load_into{"dlmopen"};

Lookup* LibcLookup() {
  Lookup* lookup = libc_lookup.load(std::memory_order_relaxed);
  if (lookup != nullptr) return lookup;
  // Since it is in the C library itself, and as it has ever been.
  for (const char* version : {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"}) {
    void* found = dlvsym(RTLD_NEXT, "dlsym", version);
    if (found == nullptr) continue;
    lookup = reinterpret_cast<Lookup*>(found);
    break;
  }
  libc_lookup.store(lookup, std::memory_order_relaxed);
  return lookup;
}

[[gnu::constructor]] void LookUp() {
  LibcLookup();
  libc_load.get();
  libc_load_into.get();
}

// Both libraries', whichever this is: an entry that nobody stands in front of
// leads to the C library's.
bool MayBeOurs(const char* name) {
  constexpr const char* kNames[] = {
      "sem_open", "sem_close",      "sem_unlink",    "sem_wait",
      "sem_post", "sem_trywait",    "sem_timedwait", "sem_clockwait",
      "semget",   "sem_getvalue",   "semop",         "semtimedop",
      "semctl",   "close",          "close_range",   "closefrom",
      "dup",      "dup2",           "dup3",          "fcntl",
      "fcntl64",  "syscall",        "dlsym",         "dlopen",
      "dlmopen",  "pthread_cancel", "unshare",
  };
  for (const char* ours : kNames) {
    if (strcmp(name, ours) == 0) return true;
  }
  return false;
}

bool IsLibcs(const void* function) {
  Dl_info its, libcs;
  return dladdr(function, &its) != 0 &&
         dladdr(reinterpret_cast<const void*>(&gnu_get_libc_version), &libcs) !=
             0 &&
         its.dli_fbase == libcs.dli_fbase;
}

// What the program has by that name, if `handle` leads to the C library.
void* LookUpIn(void* handle, const char* name) {
  void* found = LibcLookup()(handle, name);
  return found != nullptr && IsLibcs(found) ? LibcLookup()(RTLD_DEFAULT, name)
                                            : found;
}

}  // namespace
}  // namespace ksem_preload

using namespace ksem_preload;

// Jumps to what it calls last, also without optimization, and if gcov counts.
#ifdef __clang__
#define KSEM_PRELOAD_JUMPS
#else
#define KSEM_PRELOAD_JUMPS \
  __attribute__((optimize("O2"), no_profile_instrument_function))
#endif

// A jump, not a call: what RTLD_NEXT means depends on who calls.
KSEM_PRELOAD_EXPORT KSEM_PRELOAD_JUMPS void* dlsym(void* handle,
                                                   const char* name) noexcept {
  if (handle == RTLD_NEXT || handle == RTLD_DEFAULT || !MayBeOurs(name)) {
    return LibcLookup()(handle, name);
  }
  return LookUpIn(handle, name);
}

// A jump, too, for the caller's RUNPATH.
KSEM_PRELOAD_EXPORT KSEM_PRELOAD_JUMPS void* dlopen(const char* file,
                                                    int flags) noexcept {
  return libc_load.get()(file, flags & ~RTLD_DEEPBIND);
}

// A jump, for the same reason. What is loaded apart has a C library of its own,
// which nobody stands in front of.
KSEM_PRELOAD_EXPORT KSEM_PRELOAD_JUMPS void* dlmopen(Lmid_t space,
                                                     const char* file,
                                                     int flags) noexcept {
  if (space == LM_ID_NEWLM && file != nullptr) {
    Complain(
        "", file,
        ": loaded with a C library of its own, whose semaphores are others");
  }
  return libc_load_into.get()(space, file, flags & ~RTLD_DEEPBIND);
}

KSEM_PRELOAD_EXPORT long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  const long a = va_arg(list, long);
  const long b = va_arg(list, long);
  const long c = va_arg(list, long);
  const long d = va_arg(list, long);
  const long e = va_arg(list, long);
  const long f = va_arg(list, long);
  va_end(list);
  const int fd = static_cast<int>(a);
  switch (number) {
    case SYS_semget:
      return semget(static_cast<key_t>(a), static_cast<int>(b),
                    static_cast<int>(c));
    case SYS_semop:
      // NOLINTNEXTLINE(performance-no-int-to-ptr)
      return semop(fd, reinterpret_cast<sembuf*>(b), c);
    case SYS_semtimedop:
      // NOLINTNEXTLINE(performance-no-int-to-ptr)
      return semtimedop(fd, reinterpret_cast<sembuf*>(b), c,
                        // NOLINTNEXTLINE(performance-no-int-to-ptr)
                        reinterpret_cast<timespec*>(d));
    case SYS_semctl:
      return semctl(fd, static_cast<int>(b), static_cast<int>(c), d);
    case SYS_unshare:
      return unshare(fd);
    case SYS_close_range:
      return close_range(static_cast<unsigned>(a), static_cast<unsigned>(b),
                         static_cast<int>(c));
#ifdef SYS_dup2
    case SYS_dup2:
      return dup2(fd, static_cast<int>(b));
#endif
    case SYS_dup3:
      return dup3(fd, static_cast<int>(b), static_cast<int>(c));
    case SYS_close:
    case SYS_dup:
    case SYS_fcntl:
      if (IsOurs(fd)) {
        errno = EBADF;
        return -1;
      }
      [[fallthrough]];
    default:
      return SystemCall(number, a, b, c, d, e, f);
  }
}

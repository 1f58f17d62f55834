// SPDX-License-Identifier: MIT
// The functions that this library stands in front of.
#ifndef KSEM_POSIX_SRC_LIBC_H_
#define KSEM_POSIX_SRC_LIBC_H_

#include <dlfcn.h>
#include <semaphore.h>
#include <time.h>

#include <atomic>

namespace ksem_posix {

// A function of the next library that has it, looked up once.
template <typename Function>
class Next {
 public:
  explicit constexpr Next(const char* name) : name_(name) {}

  // Never null: the C library has them all.
  Function* get() {
    Function* function = function_.load(std::memory_order_relaxed);
    if (function != nullptr) return function;
    function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
    function_.store(function, std::memory_order_relaxed);
    return function;
  }

  // Not inlined: what is done for our own semaphores is to save no registers
  // for it.
  template <typename... Arguments>
  [[gnu::noinline]] int operator()(Arguments... arguments) {
    return get()(arguments...);
  }

 private:
  const char* name_;
  std::atomic<Function*> function_ = nullptr;
};

struct Libc {
  Next<sem_t*(const char*, int, ...)> open{"sem_open"};
  Next<int(sem_t*)> close{"sem_close"};
  Next<int(const char*)> unlink{"sem_unlink"};
  Next<int(sem_t*)> wait{"sem_wait"};
  Next<int(sem_t*)> trywait{"sem_trywait"};
  Next<int(sem_t*, const timespec*)> timedwait{"sem_timedwait"};
  Next<int(sem_t*, clockid_t, const timespec*)> clockwait{"sem_clockwait"};
  Next<int(sem_t*)> post{"sem_post"};
  Next<int(sem_t*, int*)> getvalue{"sem_getvalue"};
};

extern Libc libc;

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_LIBC_H_

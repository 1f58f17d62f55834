// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <time.h>

#include "fsclient/posix/src/arena.h"
#include "fsclient/posix/src/libc.h"
#include "fsclient/posix/src/post.h"
#include "fsclient/posix/src/request.h"
#include "fsclient/posix/src/table.h"
#include "fsclient/posix/src/word.h"
#include "fsclient/preload/src/export.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {
namespace {

struct Wait {
  Wait(const sem_t* semaphore, unsigned flags) : sem(semaphore) {
    request.units = 1;
    request.flags = flags;
  }

  const sem_t* sem;
  ksem_ioc_wait request = {};
};

// The thread is being cancelled. The kernel has left word whether it got its
// unit at the last moment.
void GiveBack(void* argument) {
  const Wait* wait = static_cast<Wait*>(argument);
  if (wait->request.taken != 0) PostInKernel(wait->sem);
}

// The system call of a cancellation point. A thread that is cancelled leaves it
// at any instruction, so nothing else belongs here.
int BlockOn(int handle, Wait* wait) {
  int result;
  int type;
  pthread_cleanup_push(GiveBack, wait);
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous)
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  result = ioctl(handle, KSEM_IOC_WAIT, &wait->request);
  pthread_setcanceltype(type, nullptr);
  pthread_cleanup_pop(0);
  return result;
}

int WaitInKernel(Wait* wait) {
  int handle = HandleOf(wait->sem);
  if (handle == -1) return -1;
  int result;
  do {
    result = BlockOn(handle, wait);
  } while (result != 0 && RestoreHandle(wait->sem, &handle));
  return result;
}

// Not inlined: sem_wait() is to save no registers for it.
[[gnu::noinline]] int WaitInKernel(const sem_t* sem) {
  Wait wait(sem, 0);
  return WaitInKernel(&wait);
}

constexpr long kNanosecondsOfSecond = 1'000'000'000;

// What is before the clock's beginning, or after its end, will do as that.
__s64 Deadline(const timespec& time) {
  if (time.tv_sec < 0) return 0;
  __s64 nanoseconds;
  if (__builtin_mul_overflow(time.tv_sec, kNanosecondsOfSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, time.tv_nsec, &nanoseconds)) {
    return INT64_MAX;
  }
  return nanoseconds;
}

int WaitUntil(sem_t* sem, clockid_t clock, const timespec* time) {
  if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) ||
      time->tv_nsec < 0 || time->tv_nsec >= kNanosecondsOfSecond) {
    errno = EINVAL;
    return -1;
  }
  pthread_testcancel();
  if (TakeFast(sem)) return 0;
  // As with the C library: a handler ends it, SA_RESTART or not.
  Wait wait(sem, KSEM_WAIT_DEADLINE | KSEM_WAIT_NORESTART);
  wait.request.clock = clock;
  wait.request.timeout = Deadline(*time);
  return WaitInKernel(&wait);
}

}  // namespace
}  // namespace ksem_posix

using namespace ksem_posix;

KSEM_PRELOAD_EXPORT int sem_wait(sem_t* sem) {
  if (!IsOurs(sem)) return libc.wait(sem);
  // A cancellation point acts on a request also when it needn't block.
  pthread_testcancel();
  if (TakeFast(sem)) return 0;
  return WaitInKernel(sem);
}

KSEM_PRELOAD_EXPORT int sem_trywait(sem_t* sem) {
  if (!IsOurs(sem)) return libc.trywait(sem);
  if (TakeFast(sem)) return 0;
  Wait wait(sem, KSEM_WAIT_NOWAIT);
  return Request(sem, KSEM_IOC_WAIT, &wait.request);
}

KSEM_PRELOAD_EXPORT int sem_timedwait(sem_t* sem, const timespec* time) {
  if (!IsOurs(sem)) return libc.timedwait(sem, time);
  return WaitUntil(sem, CLOCK_REALTIME, time);
}

KSEM_PRELOAD_EXPORT int sem_clockwait(sem_t* sem, clockid_t clock,
                                      const timespec* time) {
  if (!IsOurs(sem)) return libc.clockwait(sem, clock, time);
  return WaitUntil(sem, clock, time);
}

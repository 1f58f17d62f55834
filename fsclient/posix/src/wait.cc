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
#include "fsclient/posix/src/word.h"
#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/nanoseconds.h"
#include "kernel/include/uapi/linux/ksem.h"

// What pthread_cleanup_push() once was; the C library keeps it. As a macro it
// has the thread jump here when it ends, without exceptions, also after a
// signal handler has left the wait by siglongjmp(). Of these functions, that
// takes care. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void _pthread_cleanup_push(_pthread_cleanup_buffer* buffer,
                           void (*function)(void*), void* argument);
void _pthread_cleanup_pop(_pthread_cleanup_buffer* buffer, int execute);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace ksem_posix {
namespace {

struct Wait {
  Wait(const sem_t* semaphore, unsigned flags) : sem(semaphore) {
    request.units = 1;
    request.flags = flags;
  }

  const sem_t* sem;
  ksem_ioc_wait request = {};
  // The thread's, before it was asynchronous.
  int cancel_type = PTHREAD_CANCEL_DEFERRED;
};

// The thread is being cancelled, or a signal handler leaves the wait. The
// kernel has left word whether it got its unit at the last moment.
void GiveBack(void* argument) {
  const Wait* wait = static_cast<Wait*>(argument);
  pthread_setcanceltype(wait->cancel_type, nullptr);
  if (wait->request.taken != 0) PostInKernel(wait->sem);
}

// The system call of a cancellation point. A thread that is cancelled leaves it
// at any instruction, so nothing else belongs here.
int BlockOn(int handle, Wait* wait) {
  _pthread_cleanup_buffer buffer;
  _pthread_cleanup_push(&buffer, GiveBack, wait);
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous)
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &wait->cancel_type);
  const int result = ioctl(handle, KSEM_IOC_WAIT, &wait->request);
  pthread_setcanceltype(wait->cancel_type, nullptr);
  _pthread_cleanup_pop(&buffer, 0);
  return result;
}

// There are devices that say yes to whatever they are asked.
int Checked(int result, const Wait& wait) {
  if (result != 0 || wait.request.taken != 0) return result;
  errno = ENOTTY;
  return -1;
}

// Each try has a request of its own: a device that isn't ours may have written
// into it.
int WaitInKernel(const Wait& wanted) {
  return Request(wanted.sem, [&](const Handle& handle) {
    Wait wait = wanted;
    wait.request.id = handle.id;
    return Checked(BlockOn(handle.number, &wait), wait);
  });
}

// Not inlined: sem_wait() is to save no registers for it.
[[gnu::noinline]] int WaitCarefully(sem_t* sem) {
  if (!IsOurs(sem)) return libc.wait(sem);
  // A cancellation point acts on a request also when it needn't block.
  pthread_testcancel();
  if (TakeFast(sem)) return 0;
  Wait wait(sem, 0);
  return WaitInKernel(wait);
}

int WaitUntil(sem_t* sem, clockid_t clock, const timespec* time) {
  if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) ||
      !ksem_preload::HasValidFraction(*time)) {
    errno = EINVAL;
    return -1;
  }
  pthread_testcancel();
  if (TakeFast(sem)) return 0;
  // As with the C library: a handler ends it, SA_RESTART or not.
  Wait wait(sem, KSEM_WAIT_DEADLINE | KSEM_WAIT_NORESTART);
  wait.request.clock = clock;
  wait.request.timeout = ksem_preload::Nanoseconds(*time);
  return WaitInKernel(wait);
}

}  // namespace
}  // namespace ksem_posix

using namespace ksem_posix;

KSEM_PRELOAD_EXPORT int sem_wait(sem_t* sem) {
  if (IsOursUncancelled(sem) && TakeFast(sem)) [[likely]]
    return 0;
  return WaitCarefully(sem);
}

// A program that cancels no thread saves itself the look whether one has been:
// that is half of a wait's instructions.
KSEM_PRELOAD_EXPORT int pthread_cancel(pthread_t thread) {
  BeginToCancel();
  return libc.cancel.get()(thread);
}

KSEM_PRELOAD_EXPORT int sem_trywait(sem_t* sem) {
  if (!IsOurs(sem)) return libc.trywait(sem);
  if (TakeFast(sem)) return 0;
  return Request(sem, [=](const Handle& handle) {
    Wait wait(sem, KSEM_WAIT_NOWAIT);
    wait.request.id = handle.id;
    return Checked(ioctl(handle.number, KSEM_IOC_WAIT, &wait.request), wait);
  });
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

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/lock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

namespace ksem_sysv {
namespace {

constinit pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
// The signals that the holder had blocked before; of who holds the mutex.
sigset_t blocked_before;
void (*in_child)() = nullptr;

void Lock() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&mutex);
  blocked_before = before;
}

void Unlock() {
  const sigset_t before = blocked_before;
  pthread_mutex_unlock(&mutex);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void UnlockInChild() {
  in_child();
  Unlock();
}

}  // namespace

Locked::Locked() { Lock(); }
Locked::~Locked() { Unlock(); }

bool AtFork(void (*function)()) {
  if (in_child != nullptr) return true;
  const int error = pthread_atfork(Lock, Unlock, UnlockInChild);
  if (error == 0) in_child = function;
  errno = error;
  return error == 0;
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/lock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

namespace ksem_preload {
namespace {

constinit pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
// The signals that the holder had blocked before; of who holds the mutex.
sigset_t blocked_before;
bool holds_off_forks = false;
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
  if (in_child != nullptr) in_child();
  Unlock();
}

}  // namespace

Locked::Locked() { Lock(); }
Locked::~Locked() { Unlock(); }

bool HoldOffForks() {
  if (holds_off_forks) return true;
  const int error = pthread_atfork(Lock, Unlock, UnlockInChild);
  holds_off_forks = error == 0;
  errno = error;
  return holds_off_forks;
}

void AtFork(void (*function)()) { in_child = function; }

}  // namespace ksem_preload

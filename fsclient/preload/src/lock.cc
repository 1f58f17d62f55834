// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/lock.h"

#include <pthread.h>
#include <signal.h>

#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/register.h"

namespace ksem_preload {
namespace {

Register& Ours() { return ksem_preload_register_2; }

void Lock() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&Ours().mutex);
  Ours().blocked_before = before;
  Ours().holder.store(pthread_self(), std::memory_order_relaxed);
}

void Unlock() {
  const sigset_t before = Ours().blocked_before;
  Ours().holder.store(0, std::memory_order_relaxed);
  pthread_mutex_unlock(&Ours().mutex);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void UnlockInChild() {
  KeepRegisterInChild();
  if (Ours().in_child != nullptr) Ours().in_child();
  Unlock();
}

// Before the program has functions of its own called at a fork(): these come
// before the lock is taken, and so may wait for a thread that needs it, and
// after it is given up.
[[gnu::constructor]] void HoldOffForks() {
  // The other library has done it.
  if (Ours().holds_off_forks) return;
  Ours().holds_off_forks = pthread_atfork(Lock, Unlock, UnlockInChild) == 0;
}

}  // namespace

Locked::Locked()
    : held_already_(Ours().holder.load(std::memory_order_relaxed) ==
                    pthread_self()) {
  if (!held_already_) Lock();
}

Locked::~Locked() {
  if (!held_already_) Unlock();
}

void AtFork(void (*function)()) { Ours().in_child = function; }

}  // namespace ksem_preload

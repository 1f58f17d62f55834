// SPDX-License-Identifier: MIT
#include "fsclient/src/interrupt.h"

namespace ksem::internal {
namespace {

constexpr int kSignal = SIGURG;

// Without a handler the kernel drops the signal.
void have_a_handler() {
  struct sigaction action;
  sigaction(kSignal, nullptr, &action);
  const bool has_one =
      action.sa_flags & SA_SIGINFO ||
      (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
  if (has_one) return;
  action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  sigaction(kSignal, &action, nullptr);
}

}  // namespace

Interruptible::Interruptible() {
  have_a_handler();
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, kSignal);
  pthread_sigmask(SIG_UNBLOCK, &only, &before_);
}

Interruptible::~Interruptible() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void interrupt(pthread_t thread) { pthread_kill(thread, kSignal); }

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/src/interrupt.h"

namespace ksem::internal {
namespace {

constexpr int kSignal = SIGURG;

void do_nothing(int) {}

bool is_handler(const struct sigaction& action) {
  return action.sa_flags & SA_SIGINFO ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// Whether it is one that another thread has installed.
bool is_anothers(const struct sigaction& action) {
  return is_handler(action) &&
         (action.sa_flags & SA_SIGINFO || action.sa_handler != do_nothing);
}

// Without a handler the kernel drops the signal.
void have_a_handler() {
  struct sigaction before;
  sigaction(kSignal, nullptr, &before);
  if (is_handler(before)) return;
  struct sigaction action = {};
  action.sa_handler = do_nothing;
  action.sa_flags = SA_RESTART;
  sigaction(kSignal, &action, &before);
  // One that came since the look above is put back, the newest last.
  while (is_anothers(before)) {
    action = before;
    sigaction(kSignal, &action, &before);
    if (before.sa_handler == action.sa_handler) break;
  }
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

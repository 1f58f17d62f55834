// SPDX-License-Identifier: MIT
#include "tools/ksem/signals.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "tools/ksem/failure.h"

namespace ksem_tool {
namespace {

// They stop or continue us, tell nothing that matters, or are our own faults.
constexpr int kLeftAlone[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH,
                              SIGURG,  SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,
                              SIGSYS,  SIGTRAP, SIGABRT};

// Blocked signals are queued even if they are ignored.
bool ignored(int signal) {
  struct sigaction action;
  return sigaction(signal, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

// What is left until then, as poll takes it; rounded up, so as not to spin.
int poll_timeout(std::optional<Clock::time_point> until) {
  if (!until) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

sigset_t block(const sigset_t& set) {
  sigset_t before;
  sigprocmask(SIG_BLOCK, &set, &before);
  return before;
}

void let_through(int signal) {
  sigset_t only, before;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &only, &before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

sigset_t ending_signals() {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : kLeftAlone) sigdelset(&set, signal);
  return set;
}

Signals::Signals(const sigset_t& set)
    : before_(block(set)),
      fd_(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd") {
  // If it was ignored, children would vanish before anybody asks how they
  // ended.
  ::signal(SIGCHLD, SIG_DFL);
}

Signals::~Signals() {
  if (!stay_blocked_) sigprocmask(SIG_SETMASK, &before_, nullptr);
}

signalfd_siginfo Signals::next(std::optional<Clock::time_point> until, int fd,
                               short events) const {
  for (;;) {
    signalfd_siginfo info;
    while (read(fd_.get(), &info, sizeof(info)) > 0) {
      if (!ignored(static_cast<int>(info.ssi_signo))) return info;
    }
    if (until && Clock::now() >= *until) return {};
    pollfd either[] = {{fd_.get(), POLLIN, 0}, {fd, events, 0}};
    if (poll(either, 2, poll_timeout(until)) < 0 && errno != EINTR) {
      throw Failure(errno, "poll");
    }
    if (either[1].revents) return {};
  }
}

int Signals::ending(std::optional<Clock::time_point> until, int fd,
                    short events) const {
  int signal;
  do {
    signal = static_cast<int>(next(until, fd, events).ssi_signo);
  } while (signal == SIGCHLD);
  return signal;
}

void stop_here() { let_through(SIGTSTP); }

int die_of(int signal) {
  // Somebody else's death is no reason for a core file of ours.
  prctl(PR_SET_DUMPABLE, 0);
  ::signal(signal, SIG_DFL);
  let_through(signal);
  return 128 + signal;
}

}  // namespace ksem_tool

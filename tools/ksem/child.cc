// SPDX-License-Identifier: MIT
#include "tools/ksem/child.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tools/ksem/command.h"
#include "tools/ksem/failure.h"

namespace ksem_tool {
namespace {

[[noreturn]] void fail(const char* call) { throw Failure(errno, call); }

// The child stays in our process group, so that the terminal's Ctrl-C and
// Ctrl-Z, fg, bg and reads from the terminal work as without us.
pid_t start(const std::vector<std::string>& command, const Signals& signals) {
  const std::vector<char*> argv = arguments(command);
  // Until it executes something, the child has our memory and we stand still.
  // posix_spawn would not do: it can't run a script without a "#!".
  volatile int error = 0;
  // NOLINTNEXTLINE(*-security.insecureAPI.vfork, bugprone-unsafe-functions)
  const pid_t child = vfork();
  if (child < 0) fail("vfork");
  if (child == 0) {
    // NOLINTNEXTLINE(clang-analyzer-unix.Vfork): only a system call
    sigprocmask(SIG_SETMASK, &signals.before(), nullptr);
    execvp(argv[0], argv.data());
    error = errno;
    _exit(1);
  }
  if (error) {
    waitpid(child, nullptr, 0);
    throw CannotExecute(error, std::generic_category(), command[0]);
  }
  return child;
}

// What the terminal sends goes to its whole foreground group, so the child has
// had it already, unless it has moved to a group of its own.  That the terminal
// has hung up is told the session's leader alone; if that isn't us, SIGHUP is
// what the group gets when the leader has ended.
bool had_it(pid_t child, const signalfd_siginfo& info) {
  const auto signal = info.ssi_signo;
  const bool leads = getsid(0) == getpid();
  const bool typed =
      signal == SIGINT || signal == SIGQUIT || (signal == SIGHUP && !leads);
  return typed && info.ssi_code == SI_KERNEL && getpgid(child) == getpgrp();
}

void pass_on(pid_t child, const signalfd_siginfo& info) {
  if (had_it(child, info)) return;
  kill(child, static_cast<int>(info.ssi_signo));
  // As the terminal does: one that is stopped couldn't act on it.
  if (info.ssi_signo == SIGHUP && info.ssi_code == SI_KERNEL) {
    kill(child, SIGCONT);
  }
}

}  // namespace

int run_child(const std::vector<std::string>& command, const Signals& signals) {
  const pid_t child = start(command, signals);
  for (;;) {
    const signalfd_siginfo info = signals.next();
    if (info.ssi_signo != SIGCHLD) {
      pass_on(child, info);
      continue;
    }
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0) fail("waitpid");
  }
}

}  // namespace ksem_tool

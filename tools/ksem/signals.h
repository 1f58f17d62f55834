// SPDX-License-Identifier: MIT
// Signals as events, for a process that has something to put right before it
// ends.
#ifndef TOOLS_KSEM_SIGNALS_H_
#define TOOLS_KSEM_SIGNALS_H_

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <chrono>
#include <optional>

#include "tools/ksem/fd.h"

namespace ksem_tool {

using Clock = std::chrono::steady_clock;

// Those that would end the process, and SIGCHLD.
sigset_t ending_signals();

// While it lives, or longer, the signals of the set are blocked and can be read
// here, except that those which were ignored, SIGCHLD apart, stay so.  Make it
// before any thread.
class Signals {
 public:
  explicit Signals(const sigset_t& set);
  ~Signals();

  // The next signal.  ssi_signo is 0 if there was none until then, or if poll()
  // tells of `fd` first.
  signalfd_siginfo next(std::optional<Clock::time_point> until = {},
                        int fd = -1, short events = POLLIN) const;

  // The same of those that end a program: all but SIGCHLD.
  int ending(std::optional<Clock::time_point> until = {}, int fd = -1,
             short events = POLLIN) const;

  // One of these that has come already; 0 if there is none.
  int pending() const { return ending(Clock::now()); }

  // They stay blocked to the end of the process: none ends it any more.
  void stay_blocked() { stay_blocked_ = true; }

  // What was blocked before.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
  Fd fd_;
  bool stay_blocked_ = false;
};

// Stops this process as Ctrl-Z does; returns when it goes on.
void stop_here();

// Ends this process as the signal does.  Returns an exit status for the case
// that it can't: the signal was ignored when we came.
int die_of(int signal);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_SIGNALS_H_

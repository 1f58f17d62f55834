// SPDX-License-Identifier: MIT
#include "tests/support/process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "tests/support/eventually.h"

namespace ksem_test {

std::ostream& operator<<(std::ostream& os, const End& end) {
  if (end.signal) return os << "killed by signal " << end.signal;
  return os << end.error;
}

Process::Process(const std::function<Errno()>& function) : pid_(fork()) {
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(function().value());
  }
  EXPECT_GT(pid_, 0);
}

Process::~Process() {
  if (pid_ <= 0 || end_) return;
  kill(pid_, SIGKILL);
  Join();
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), end_(other.end_) {}

void Process::Signal(int signal) const { EXPECT_EQ(kill(pid_, signal), 0); }

bool Process::ended() {
  int status;
  if (end_) return true;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  end_ = WIFSIGNALED(status) ? End{.signal = WTERMSIG(status)}
                             : End{.error = WEXITSTATUS(status)};
  return true;
}

End Process::Join() {
  if (!Eventually([this] { return ended(); })) {
    ADD_FAILURE() << "process " << pid_ << " hangs, state " << state();
    return {.error = ETIME};
  }
  return *end_;
}

Errno Process::Result() {
  const End end = Join();
  EXPECT_EQ(end.signal, 0);
  return end.error;
}

std::string Process::StatusField(const std::string& field) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;) {
    if (word == field + ":") {
      status >> word;
      return word;
    }
  }
  return "?";
}

char Process::state() const { return StatusField("State")[0]; }

long Process::sleeps() const {
  return std::strtol(StatusField("voluntary_ctxt_switches").c_str(), nullptr,
                     10);
}

void SetRealTime(int priority) {
  const sched_param param = {.sched_priority = priority};
  if (sched_setscheduler(0, SCHED_FIFO, &param)) _exit(errno);
}

std::vector<WaiterOptions> WaysToBlock() {
  return {{.file = "wait", .text = ""},
          {.file = "wait", .text = "1"},
          {.file = "timedwait", .text = "1h"}};
}

std::string WayToBlock(const testing::TestParamInfo<WaiterOptions>& info) {
  return info.param.file + (info.param.text.empty() ? "Read" : "Write");
}

Process StartWaiter(const Semaphore& sem, const WaiterOptions& options) {
  return StartWaiter(sem, [&]() -> Errno {
    if (options.rt_priority) SetRealTime(options.rt_priority);
    if (options.handled_signal) {
      struct sigaction action = {};
      action.sa_handler = [](int) {};
      action.sa_flags = options.handler_flags;
      sigaction(options.handled_signal, &action, nullptr);
    }
    if (!options.text.empty()) return sem.Set(options.file, options.text);
    std::string text;
    return ReadFile(sem.path(options.file), &text);
  });
}

Process StartWaiter(const Semaphore& sem,
                    const std::function<Errno()>& function) {
  const unsigned before = sem.waiters();
  Process process(function);
  // One that waits on several is in all queues when it sleeps, not before.
  EXPECT_TRUE(Eventually([&] {
    return (sem.waiters() == before + 1 && process.state() != 'R') ||
           process.ended();
  }));
  EXPECT_FALSE(process.ended()) << "didn't block: " << process.Join();
  return process;
}

}  // namespace ksem_test

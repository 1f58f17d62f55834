// SPDX-License-Identifier: MIT
// Other processes: to block in them, to signal, stop and kill them.
#ifndef KSEM_TESTS_SUPPORT_PROCESS_H_
#define KSEM_TESTS_SUPPORT_PROCESS_H_

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/semaphore.h"
#include "tests/support/syscalls.h"

namespace ksem_test {

// How a process ended.
struct End {
  Errno error = 0;  // what its function returned
  int signal = 0;   // what killed it

  friend bool operator==(const End&, const End&) = default;
  friend std::ostream& operator<<(std::ostream& os, const End& end);
};

// Runs a function in a process of its own. Killed and reaped at the end.
class Process {
 public:
  explicit Process(const std::function<Errno()>& function);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  // Whether it has ended. Doesn't wait.
  bool ended();
  // Waits for its end; fails the test if it hangs.
  End Join();
  // Like Join(), for a process that must not have been killed.
  Errno Result();
  // State letter of /proc: 'S' sleeps, 'T' is stopped, 'D' hangs…
  char state() const;
  // How often it went to sleep.
  long sleeps() const;
  // Whether it has gone to sleep; its state says so a moment before it does.
  bool asleep() const { return state() == 'S' && sleeps() > 0; }

 private:
  std::string StatusField(const std::string& field) const;

  pid_t pid_;
  std::optional<End> end_;
};

struct WaiterOptions {
  std::string file = "wait";
  std::string text = "1";  // what is written; if empty, the file is read
  int rt_priority = 0;     // SCHED_FIFO of this priority
  int handled_signal = 0;  // has a handler, with these flags
  int handler_flags = 0;
};

// The three ways to block through the files, and their names, to instantiate
// tests with.
std::vector<WaiterOptions> WaysToBlock();
std::string WayToBlock(const testing::TestParamInfo<WaiterOptions>& info);

// A process that blocks on the semaphore. It is blocked when this returns.
Process StartWaiter(const Semaphore& sem, const WaiterOptions& options = {});

// A process that blocks on the semaphore in a function of one's own.
Process StartWaiter(const Semaphore& sem,
                    const std::function<Errno()>& function);

// SCHED_FIFO of this priority, for the calling process.
void SetRealTime(int priority);

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_PROCESS_H_

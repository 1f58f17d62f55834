// SPDX-License-Identifier: MIT
// A terminal with a job in its foreground, as a person at a shell has it.
#ifndef TOOLS_KSEM_TESTS_TERMINAL_H_
#define TOOLS_KSEM_TESTS_TERMINAL_H_

#include <sys/types.h>
#include <termios.h>

#include <functional>
#include <string>
#include <vector>

// Waits until `condition` holds; false if it doesn't in a time that only a hang
// exceeds.
bool Soon(const std::function<bool()>& condition);

class Terminal {
 public:
  using Words = std::vector<std::string>;

  explicit Terminal(const Words& command, int rows = 24, int columns = 100);
  // Kills the job.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  pid_t job() const { return job_; }
  void Type(const std::string& keys);
  void Signal(int signal);  // to the job and what it has started
  void Resize(int rows, int columns);
  void Suspend();  // as Ctrl-S does, which the job may have turned off
  void Fill();     // with spaces, until it takes no more output

  // What has been written since Clear(), after waiting for the text.
  bool Shows(const std::string& text);
  const std::string& output();
  void Clear();
  // The lines of the last full frame, without colours.
  Words Frame();

  // What waitpid() says when the job ends or stops next; -1 if it doesn't.
  int NextStatus();
  int NextStatusUnread();  // what it writes isn't read meanwhile

  bool Cooked();        // line by line, with echo
  bool SameAsBefore();  // all modes as they were before the job

 private:
  termios Modes() const;
  [[noreturn]] void Lead(const Words& command, int statuses);

  int master_;
  int slave_;
  int statuses_;
  pid_t leader_;
  pid_t job_ = -1;
  termios before_;
  std::string output_;
};

#endif  // TOOLS_KSEM_TESTS_TERMINAL_H_

// SPDX-License-Identifier: MIT
#include "tools/ksem/tests/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <regex>
#include <sstream>
#include <thread>

namespace {

constexpr int kHangMs = 600'000;

void Exec(const Terminal::Words& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

bool Readable(int fd, int timeout_ms) {
  pollfd event = {fd, POLLIN, 0};
  return poll(&event, 1, timeout_ms) > 0;
}

}  // namespace

bool Soon(const std::function<bool()>& condition) {
  for (int i = 0; i < kHangMs / 20; i++) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

Terminal::Terminal(const Words& command, int rows, int columns)
    : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  grantpt(master_);
  unlockpt(master_);
  slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
  Resize(rows, columns);
  before_ = Modes();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) std::abort();
  leader_ = fork();
  if (leader_ == 0) Lead(command, ends[1]);
  close(ends[1]);
  statuses_ = ends[0];
  if (read(statuses_, &job_, sizeof(job_)) != sizeof(job_)) std::abort();
}

Terminal::~Terminal() {
  kill(-job_, SIGKILL);
  kill(leader_, SIGKILL);
  waitpid(leader_, nullptr, 0);
  close(statuses_);
  close(slave_);
  close(master_);
}

// The shell: it stays behind, so that the job is no orphan and can be stopped.
void Terminal::Lead(const Words& command, int statuses) {
  setsid();
  ioctl(slave_, TIOCSCTTY, 0);
  signal(SIGTTOU, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  const pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    tcsetpgrp(slave_, getpgrp());
    signal(SIGTTOU, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    for (int fd = 0; fd < 3; fd++) dup2(slave_, fd);
    Exec(command);
  }
  int told = job;
  while (write(statuses, &told, sizeof(told)) > 0 &&
         waitpid(job, &told, WUNTRACED) == job) {
  }
  _exit(0);
}

void Terminal::Type(const std::string& keys) {
  if (write(master_, keys.data(), keys.size()) < 0) std::abort();
}

void Terminal::Signal(int signal) { kill(-job_, signal); }

void Terminal::Resize(int rows, int columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  ioctl(master_, TIOCSWINSZ, &size);
}

void Terminal::Suspend() { tcflow(slave_, TCOOFF); }

void Terminal::Fill() {
  const int fd = open(ptsname(master_), O_WRONLY | O_NONBLOCK | O_NOCTTY);
  while (write(fd, " ", 1) == 1) {
  }
  close(fd);
}

const std::string& Terminal::output() {
  char some[4096];
  while (Readable(master_, 0)) {
    const ssize_t got = read(master_, some, sizeof(some));
    if (got <= 0) break;
    output_.append(some, static_cast<std::size_t>(got));
  }
  return output_;
}

bool Terminal::Shows(const std::string& text) {
  return Soon([&] { return output().find(text) != std::string::npos; });
}

void Terminal::Clear() {
  output();
  output_.clear();
}

Terminal::Words Terminal::Frame() {
  static const std::string kStart = "\033[H", kEnd = "\033[J";
  const std::string& all = output();
  const auto end = all.rfind(kEnd);
  if (end == std::string::npos) return {};
  const auto start = all.rfind(kStart, end) + kStart.size();
  const std::string frame = std::regex_replace(
      all.substr(start, end - start), std::regex("\033\\[[0-9;]*[mK]|\r"), "");
  std::istringstream lines(frame);
  Words words;
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  return words;
}

int Terminal::NextStatus() {
  // What it writes to the end has to go somewhere.
  Soon([&] { return output(), Readable(statuses_, 0); });
  return NextStatusUnread();
}

int Terminal::NextStatusUnread() {
  int status = -1;
  Soon([&] { return Readable(statuses_, 0); });
  if (Readable(statuses_, 0) &&
      read(statuses_, &status, sizeof(status)) != sizeof(status)) {
    return -1;
  }
  return status;
}

termios Terminal::Modes() const {
  termios modes;
  std::memset(&modes, 0, sizeof(modes));
  tcgetattr(slave_, &modes);
  return modes;
}

bool Terminal::Cooked() {
  return (Modes().c_lflag & (ICANON | ECHO)) == (ICANON | ECHO);
}

bool Terminal::SameAsBefore() {
  const termios now = Modes();
  // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the kernel fills it
  return std::memcmp(&now, &before_, sizeof(now)) == 0;
}

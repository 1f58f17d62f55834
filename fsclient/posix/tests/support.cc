// SPDX-License-Identifier: MIT
#include "fsclient/posix/tests/support.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace posix_test {
namespace {

constexpr uid_t kUser = 1000;

}  // namespace

int ErrnoOf(int result) { return result == 0 ? 0 : errno; }

int ErrnoOf(const sem_t* opened) { return opened != SEM_FAILED ? 0 : errno; }

std::string FreshName() {
  static int count = 0;
  std::ostringstream name;
  name << "/posix-test-" << getpid() << '-' << ++count;
  return name.str();
}

int ValueOf(sem_t* sem) {
  int value = -1;
  EXPECT_EQ(sem_getvalue(sem, &value), 0);
  return value;
}

Semaphore::Semaphore(unsigned value, mode_t mode)
    : sem_(sem_open(name(), O_CREAT | O_EXCL, mode, value)) {
  if (sem_ == SEM_FAILED) {
    ADD_FAILURE() << name() << ": " << strerror(errno);
    std::abort();
  }
}

Semaphore::~Semaphore() {
  sem_close(sem_);
  sem_unlink(name());
}

timespec In(long milliseconds, clockid_t clock) {
  constexpr long kSecond = 1'000'000'000;
  timespec time;
  clock_gettime(clock, &time);
  time.tv_sec += milliseconds / 1000;
  time.tv_nsec += milliseconds % 1000 * 1'000'000;
  if (time.tv_nsec >= kSecond) {
    time.tv_nsec -= kSecond;
    ++time.tv_sec;
  }
  return time;
}

timespec Never(clockid_t clock) { return In(200'000, clock); }

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

bool Sleeps(pid_t thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text((std::istreambuf_iterator<char>(status)), {});
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end + 2, 1) == "S";
}

int InChild(const std::function<int()>& function) {
  const pid_t child = fork();
  if (child == 0) _exit(function());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "status " << status;
  return WEXITSTATUS(status);
}

void BecomeUser() {
  if (setgroups(0, nullptr) != 0 || setgid(kUser) != 0 || setuid(kUser) != 0) {
    _exit(255);
  }
}

}  // namespace posix_test

// SPDX-License-Identifier: MIT
#include "fsclient/preload/tests/support.h"

#include <errno.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace preload_test {
namespace {

constexpr uid_t kUser = 1000;

}  // namespace

int ErrnoOf(int result) { return result < 0 ? errno : 0; }

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

timespec Never(clockid_t clock) { return In(3'600'000, clock); }

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(10);
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

void AtOnce(int threads, const std::function<void()>& function) {
  std::atomic<int> ready = 0;
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      function();
    });
  }
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

void AwaitChildren() {
  int status = 0;
  while (wait(&status) > 0) EXPECT_EQ(status, 0);
}

}  // namespace preload_test

// SPDX-License-Identifier: MIT
#include "fsclient/tests/support.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>

namespace ksem {
namespace {

Via chosen_via = Via::kBest;

}  // namespace

void set_via(Via via) { chosen_via = via; }

Options options() { return {.via = chosen_via}; }

State state(const Semaphore& semaphore) {
  return {semaphore.value(), semaphore.max(), semaphore.waiters(),
          semaphore.order()};
}

std::ostream& operator<<(std::ostream& out, const State& state) {
  return out << "value " << state.value << ", max " << state.max << ", waiters "
             << state.waiters << ", order "
             << (state.order == Order::kFifo ? "fifo" : "priority");
}

std::string fresh_name() {
  static std::atomic<int> made{0};
  return "test-" + std::to_string(getpid()) + "-" + std::to_string(++made);
}

Fresh::Fresh(const State& at_first)
    : semaphore_(Semaphore::create(fresh_name(),
                                   {.value = at_first.value,
                                    .max = at_first.max,
                                    .order = at_first.order},
                                   options())) {}

Fresh::~Fresh() {
  const auto gone = [this] {
    const int error = errno_of([this] { Semaphore::remove(name()); });
    return error == 0 || error == ENOENT;
  };
  if (gone()) return;
  ADD_FAILURE() << name() << " is busy at the end of the test";
  semaphore_.shutdown();
  EXPECT_TRUE(eventually(gone));
}

int write_file(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = write(fd, text.data(), text.size()) >= 0;
  const int error = written ? 0 : errno;
  close(fd);
  return error;
}

bool in_child_ok(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status == 0;
}

int errno_of(const std::function<void()>& operation) {
  try {
    operation();
    return 0;
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().category(), std::generic_category());
    return error.code().value();
  }
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace ksem

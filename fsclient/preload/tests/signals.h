// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_TESTS_SIGNALS_H_
#define KSEM_PRELOAD_TESTS_SIGNALS_H_

#include <signal.h>

#include <atomic>
#include <functional>
#include <thread>

namespace preload_test {

// By handlers, since there has been one.
extern std::atomic<int> handled;
void CountHandled(int signal);

// Has a handler for SIGUSR1 while it lives.
class Handler {
 public:
  explicit Handler(int flags = 0, void (*function)(int) = CountHandled);
  ~Handler();
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  struct sigaction before_;
};

// Sends SIGUSR1 to the calling thread once it sleeps, then does `next`.
class Signaller {
 public:
  explicit Signaller(const std::function<void()>& next = [] {});
  ~Signaller();
  Signaller(const Signaller&) = delete;
  Signaller& operator=(const Signaller&) = delete;

 private:
  std::thread thread_;
};

}  // namespace preload_test

#endif  // KSEM_PRELOAD_TESTS_SIGNALS_H_

// SPDX-License-Identifier: MIT
// What all tests of the library share.  The semaphores are real ones.
#ifndef FSCLIENT_TESTS_SUPPORT_H_
#define FSCLIENT_TESTS_SUPPORT_H_

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "ksem/semaphore.h"

namespace ksem {

// How the tests reach the semaphores; --via= says so.
void set_via(Via via);
Options options();
inline bool by_handle() { return options().via == Via::kHandle; }

// Everything that can be seen of a semaphore.
struct State {
  int value = 0;
  int max = kMax;
  int waiters = 0;
  Order order = Order::kFifo;

  bool operator==(const State&) const = default;
};
State state(const Semaphore& semaphore);
std::ostream& operator<<(std::ostream& out, const State& state);

#define EXPECT_STATE(semaphore, ...) \
  EXPECT_EQ(ksem::state(semaphore), (ksem::State{__VA_ARGS__}))

#define ASSERT_STATE(semaphore, ...) \
  ASSERT_EQ(ksem::state(semaphore), (ksem::State{__VA_ARGS__}))

// A semaphore of a name of its own, there for as long as this object:
//
//   Fresh sem({.value = 1, .max = 2});
//   sem->acquire();
class Fresh {
 public:
  explicit Fresh(const State& at_first = {});
  ~Fresh();
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  Semaphore& operator*() { return semaphore_; }
  Semaphore* operator->() { return &semaphore_; }
  const std::string& name() const { return semaphore_.name(); }

 private:
  Semaphore semaphore_;
};

std::string fresh_name();

// The errno of writing `text` to a file that is there.
int write_file(const std::string& path, const std::string& text);

// Whether `work` returns true in a child process.
bool in_child_ok(const std::function<bool()>& work);

// The errno that `operation` throws; 0 if it throws none.
int errno_of(const std::function<void()>& operation);

// Polls; false if it doesn't come true in a time that is long for any machine.
bool eventually(const std::function<bool()>& condition);

// So long, that a test which waits for it in vain has failed.
inline constexpr std::chrono::seconds kLong(600);

inline bool blocked(const Semaphore& semaphore, int waiters) {
  return eventually([&] { return semaphore.waiters() == waiters; });
}

}  // namespace ksem

#endif  // FSCLIENT_TESTS_SUPPORT_H_

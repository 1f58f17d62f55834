// SPDX-License-Identifier: MIT
// A semaphore for one test, by its files:
//
//   Semaphore sem({.value = 2});
//   EXPECT_EQ(sem.Post("1"), 0);
//   sem.Expect({.value = 3});
#ifndef KSEM_TESTS_SUPPORT_SEMAPHORE_H_
#define KSEM_TESTS_SUPPORT_SEMAPHORE_H_

#include <ostream>
#include <source_location>
#include <string>
#include <string_view>

#include "tests/support/syscalls.h"

namespace ksem_test {

inline constexpr char kRoot[] = "/sys/kernel/config/ksem/";
inline constexpr unsigned kMax = 2147483647;

// All that can be read of a semaphore; what a new one is like, unless said.
struct State {
  unsigned value = 0;
  unsigned max = kMax;
  unsigned waiters = 0;
  std::string order = "fifo";

  friend bool operator==(const State&, const State&) = default;
  friend std::ostream& operator<<(std::ostream& os, const State& state);
};

// A name that no other semaphore has.
std::string UniqueName();

class Semaphore {
 public:
  // Makes one of a unique name. `start.waiters` is of no use here.
  explicit Semaphore(const State& start = {});
  // Those that are made from now on are fair, or not.
  static void MakeFair(bool fair) { fair_ = fair; }
  // One that somebody else made and removes.
  static Semaphore Named(const std::string& name);
  // Removes it. That may have to wait for the last waiter, but not long.
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  const std::string& name() const { return name_; }
  std::string path(const std::string& file = "") const;

  Errno Wait(std::string_view units = "1") const;
  Errno TryWait(std::string_view units = "1") const;
  Errno TimedWait(std::string_view duration_and_units) const;
  Errno Post(std::string_view units = "1") const;
  Errno Set(const std::string& file, std::string_view text) const;
  Errno Shutdown() const;
  Errno Remove() const;

  State state() const;
  unsigned waiters() const;
  // Fails the test at the caller's line if the whole state is another one.
  void Expect(const State& expected, std::source_location where =
                                         std::source_location::current()) const;

 private:
  Semaphore(const std::string& name, bool ours);

  static inline bool fair_ = true;

  const std::string name_;
  const bool ours_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_SEMAPHORE_H_

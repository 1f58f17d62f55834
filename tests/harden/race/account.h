// SPDX-License-Identifier: MIT
// What one worker has of one semaphore.
#ifndef KSEM_TESTS_HARDEN_RACE_ACCOUNT_H_
#define KSEM_TESTS_HARDEN_RACE_ACCOUNT_H_

#include <atomic>
#include <cstdint>

namespace ksem_test {

// `units` are taken less given. An operation that is under way may take so many
// as `doubt` says, or give them if that is negative: nobody knows any more once
// its worker is killed.
struct Balance {
  int32_t units = 0;
  int32_t doubt = 0;
};

// Written by its worker alone, and read by others. Both numbers change in one
// step, so that a worker that is killed leaves no third possibility.
class Account {
 public:
  Balance balance() const { return balance_; }
  void Doubt(int units) { balance_ = {balance().units, units}; }
  void Settle(int taken) { balance_ = {balance().units + taken, 0}; }
  void Clear() { balance_ = Balance(); }

 private:
  static_assert(std::atomic<Balance>::is_always_lock_free);
  std::atomic<Balance> balance_ = Balance();
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_ACCOUNT_H_

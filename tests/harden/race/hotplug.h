// SPDX-License-Identifier: MIT
// A CPU that goes and comes while everybody races.
#ifndef KSEM_TESTS_HARDEN_RACE_HOTPLUG_H_
#define KSEM_TESTS_HARDEN_RACE_HOTPLUG_H_

#include <atomic>
#include <cstdint>
#include <thread>

namespace ksem_test {

// A thread that takes CPU 1 offline and brings it back, until the end.
class Hotplug {
 public:
  explicit Hotplug(uint64_t seed);
  ~Hotplug();
  Hotplug(const Hotplug&) = delete;
  Hotplug& operator=(const Hotplug&) = delete;

  // How often it went.
  long times() const { return times_; }

 private:
  void Run(uint64_t seed);

  std::atomic<bool> over_ = false;
  std::atomic<long> times_ = 0;
  std::thread thread_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_HOTPLUG_H_

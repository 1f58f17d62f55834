// SPDX-License-Identifier: MIT
#ifndef KSEM_TESTS_HARDEN_KCOV_H_
#define KSEM_TESTS_HARDEN_KCOV_H_

#include <cstddef>
#include <cstdint>
#include <set>

namespace ksem_test {

// What the kernel's code that is instrumented, ksem.ko in a debug kernel, runs
// for the thread that starts and stops this.
class Kcov {
 public:
  Kcov();  // as root
  ~Kcov();
  Kcov(const Kcov&) = delete;
  Kcov& operator=(const Kcov&) = delete;

  bool available() const { return trace_ != nullptr; }
  void Start();
  void Stop();
  // Adds what ran, as pairs of addresses that followed each other. Returns how
  // many of them are new.
  size_t AddEdges(std::set<uint64_t>* edges) const;

 private:
  int fd_;
  uint64_t* trace_ = nullptr;  // how many addresses, and these
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_KCOV_H_

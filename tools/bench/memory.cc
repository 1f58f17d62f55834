// SPDX-License-Identifier: MIT
// memory: what one idle semaphore takes, by what many of them take.
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

constexpr int kMany = 5000;

double free_bytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    if (word == "MemFree:") {
      double kilobytes;
      meminfo >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return 0;
}

// Returns them, since memory that is freed later would count for the next.
template <class Primitive>
auto measure(const char* who) {
  std::vector<std::unique_ptr<Primitive>> many(kMany);
  const double before = free_bytes();
  for (auto& one : many) one = std::make_unique<Primitive>(1);
  report("memory", who, (before - free_bytes()) / kMany);
  return many;
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  const auto ours = measure<Directory>("ksem");
  const auto sets = measure<SystemV>("System V set");
  const auto files = measure<PosixFile>("POSIX file");
}

// SPDX-License-Identifier: MIT
// How the benchmarks measure, and what they print for tools/bench.sh.
#ifndef TOOLS_BENCH_MEASURE_H_
#define TOOLS_BENCH_MEASURE_H_

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <system_error>

namespace ksem_bench {

// A benchmark whose work fails has no figure.
inline void check(bool done, const char* what) {
  if (!done) [[unlikely]] {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

// In nanoseconds; with -icount each is an instruction.
inline std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

// What an operation takes in the best of several runs: the one that no
// interrupt got into.
template <class Operation>
double best(int runs, int operations, Operation operation) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < runs; ++run) {
    const std::int64_t start = now();
    for (int i = 0; i < operations; ++i) operation();
    least = std::min(least, now() - start);
  }
  return static_cast<double>(least) / operations;
}

// The id of a benchmark, what did it (ksem or a peer), and the figure.
inline void report(const std::string& id, const std::string& who,
                   double figure) {
  std::printf("%s\t%s\t%.2f\n", id.c_str(), who.c_str(), figure);
  std::fflush(stdout);
}

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_MEASURE_H_

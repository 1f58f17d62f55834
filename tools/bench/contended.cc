// SPDX-License-Identifier: MIT
// contended-N: units a second that eight threads take and give back, with N of
// them; contended-N-share: the least thread's part, of the mean.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

using std::chrono::milliseconds;

constexpr int kThreads = 8;
constexpr int kRounds = 9;
constexpr auto kWarmUp = milliseconds(100);
constexpr auto kTime = milliseconds(400);

struct alignas(64) Counter {
  std::atomic<long> units = 0;
};

struct Result {
  double rate;
  double share;
};

using Counters = std::array<Counter, kThreads>;
using Units = std::array<long, kThreads>;

Units read(const Counters& counters) {
  Units units;
  std::transform(counters.begin(), counters.end(), units.begin(),
                 [](const Counter& counter) { return counter.units.load(); });
  return units;
}

Result measure(const Counters& counters) {
  const std::int64_t start = now();
  const Units before = read(counters);
  std::this_thread::sleep_for(kTime);
  Units taken = read(counters);
  const double seconds = (now() - start) / 1e9;
  std::transform(taken.begin(), taken.end(), before.begin(), taken.begin(),
                 std::minus());
  const double all = std::accumulate(taken.begin(), taken.end(), 0L);
  const double least = *std::min_element(taken.begin(), taken.end());
  return {all / seconds, least / all * kThreads};
}

template <class Primitive>
Result contend(int units) {
  Primitive semaphore(units);
  Counters counters;
  std::vector<std::jthread> threads;
  for (Counter& mine : counters) {
    threads.emplace_back([&semaphore, &mine](std::stop_token stop) {
      while (!stop.stop_requested()) {
        semaphore.acquire();
        semaphore.release();
        mine.units.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  std::this_thread::sleep_for(kWarmUp);
  const Result result = measure(counters);
  for (std::jthread& thread : threads) thread.request_stop();
  return result;
}

double median(std::vector<Result>& results, double Result::*what) {
  const auto middle = results.begin() + results.size() / 2;
  std::nth_element(
      results.begin(), middle, results.end(),
      [what](const Result& a, const Result& b) { return a.*what < b.*what; });
  return *middle.*what;
}

template <class... Primitives>
void compare(int units) {
  const std::string id = "contended-" + std::to_string(units);
  const std::array names = {Primitives::kName...};
  std::array<std::vector<Result>, sizeof...(Primitives)> results;
  // Whatever else the machine does meets all of them.
  for (int round = 0; round < kRounds; ++round) {
    auto* next = results.data();
    (next++->push_back(contend<Primitives>(units)), ...);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    report(id, names[i], median(results[i], &Result::rate));
    report(id + "-share", names[i], median(results[i], &Result::share));
  }
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  compare<Cpp, Glibc, SystemV>(1);
  compare<Cpp, Glibc, SystemV>(4);
}

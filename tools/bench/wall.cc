// SPDX-License-Identifier: MIT
// pair-…-wall: what an uncontended pair takes by the clock.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

constexpr int kRepetitions = 9;
constexpr double kSeconds = 0.05;

template <class Primitive>
void pair(benchmark::State& state) {
  Primitive semaphore(1);
  for (auto _ : state) {
    semaphore.acquire();
    semaphore.release();
  }
}

template <class Primitive>
void add(const std::string& id) {
  const std::string name = id + '\t' + Primitive::kName;
  benchmark::RegisterBenchmark(name.c_str(), pair<Primitive>)
      ->Repetitions(kRepetitions)
      ->MinTime(kSeconds);
}

class Medians : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const std::string& name = run.run_name.function_name;
      const std::size_t tab = name.find('\t');
      report(name.substr(0, tab), name.substr(tab + 1),
             run.GetAdjustedRealTime());
    }
  }
};

}  // namespace
}  // namespace ksem_bench

int main(int argc, char** argv) {
  using namespace ksem_bench;
  benchmark::Initialize(&argc, argv);
  add<Cpp>("pair-cpp-wall");
  add<Glibc>("pair-cpp-wall");
  add<Handle>("pair-handle-wall");
  add<EventFd>("pair-handle-wall");
  add<Files>("pair-files-wall");
  add<SystemV>("pair-files-wall");
  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
}

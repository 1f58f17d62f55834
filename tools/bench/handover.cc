// SPDX-License-Identifier: MIT
// handover: ping-pong of two threads on one CPU; …-process: of two processes;
// handover-unfair: with semaphores of "fair" 0.
#include <initializer_list>
#include <string>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/pingpong.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 10;
constexpr int kRounds = 500;

template <class Primitive>
void measure(std::initializer_list<std::string> ids) {
  Primitive ping(0);
  Primitive pong(0);
  const double threads = pingpong(ping, pong, kRuns, kRounds);
  const double processes = pingpong_process(ping, pong, kRuns, kRounds);
  for (const std::string& id : ids) {
    report(id, Primitive::kName, threads);
    report(id + "-process", Primitive::kName, processes);
  }
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  measure<Cpp>({"handover"});
  measure<CppUnfair>({"handover-unfair"});
  const auto both = {std::string("handover"), std::string("handover-unfair")};
  measure<Glibc>(both);
  measure<SystemV>(both);
  measure<EventFd>(both);
}

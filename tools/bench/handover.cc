// SPDX-License-Identifier: MIT
// handover: ping-pong of two threads on one CPU; handover-process: of two
// processes.
#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/pingpong.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 10;
constexpr int kRounds = 500;

template <class Primitive>
void measure() {
  Primitive ping(0);
  Primitive pong(0);
  report("handover", Primitive::kName, pingpong(ping, pong, kRuns, kRounds));
  report("handover-process", Primitive::kName,
         pingpong_process(ping, pong, kRuns, kRounds));
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  measure<Cpp>();
  measure<Glibc>();
  measure<SystemV>();
  measure<EventFd>();
}

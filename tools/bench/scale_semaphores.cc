// SPDX-License-Identifier: MIT
// scale-semaphores-…: what the number of semaphores does to the first ones.
#include <deque>
#include <string>

#include "tools/bench/ours.h"
#include "tools/bench/pingpong.h"

namespace ksem_bench {
namespace {

struct Figures {
  double pair;
  double handover;
};

template <class Primitive>
Figures measure(Primitive& ping, Primitive& pong) {
  return {best(10, 500,
               [&ping] {
                 ping.release();
                 ping.acquire();
               }),
          pingpong(ping, pong, 5, 20)};
}

void compare(const std::string& suffix, const Figures& many,
             const Figures& few) {
  constexpr char kMany[] = "ksem";
  constexpr char kFew[] = "10 semaphores";
  report("scale-semaphores" + suffix, kMany, many.handover);
  report("scale-semaphores" + suffix, kFew, few.handover);
  report("scale-semaphores-pair" + suffix, kMany, many.pair);
  report("scale-semaphores-pair" + suffix, kFew, few.pair);
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  Handle ping(0), pong(0);
  Files file_ping(0), file_pong(0);
  std::deque<Directory> others;
  const auto make = [&others](unsigned count) {
    while (others.size() + 4 < count) others.emplace_back(0);
  };
  make(10);
  const Figures few = measure(ping, pong);
  const Figures few_files = measure(file_ping, file_pong);
  make(10000);
  compare("", measure(ping, pong), few);
  compare("-files", measure(file_ping, file_pong), few_files);
}

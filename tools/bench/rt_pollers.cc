// SPDX-License-Identifier: MIT
// rt-pollers-…: what a post costs when an epoll has so many entries for the
// semaphore: in a system call, and with all that it causes in a hard interrupt.
// Also pair-kernel-eventfd.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <limits>
#include <string>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/realtime.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 5;

// order() is what is written into the module's file "irq".
class Ours : public ModuleSemaphore {
 public:
  int order() const { return 0; }
};

class Peer : public EventFd {
 public:
  Peer() : EventFd(0) {}
  int order() const { return fd(); }
};

template <class Semaphore, class Post>
std::int64_t least(Semaphore& semaphore, Pollers& pollers, Post post) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < kRuns; ++run) {
    least = std::min(least, post());
    semaphore.acquire();
    pollers.reset();
  }
  return least;
}

template <class Semaphore>
void measure(unsigned count) {
  Semaphore semaphore;
  Pollers pollers(semaphore.fd(), count);
  const std::string number = std::to_string(count);
  report("rt-pollers-" + number, Semaphore::kName,
         least(semaphore, pollers, [&semaphore] {
           const std::int64_t start = now();
           semaphore.release();
           return now() - start;
         }));
  report("rt-pollers-irq-" + number, Semaphore::kName,
         least(semaphore, pollers, [&semaphore] {
           write_file(kModule + "irq", semaphore.order());
           return read_file(kModule + "took");
         }));
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  for (const unsigned count : {1, 1000, 40000}) {
    measure<Ours>(count);
    measure<Peer>(count);
  }
  const Peer peer;
  write_file(kModule + "pair", peer.fd());
  std::cout << std::ifstream(kModule + "pairs").rdbuf() << std::flush;
}

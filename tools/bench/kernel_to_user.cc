// SPDX-License-Identifier: MIT
// kernel-to-user: from where ksem_bench.ko posts to where the thread runs that
// was blocked.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/realtime.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 100;

const std::string kFolder = "/sys/kernel/debug/ksem_bench/";

// `order` written to `file` has the module post a little later.
template <class Acquire>
void measure(const char* who, const char* file, int order, Acquire acquire) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < kRuns; ++run) {
    write_file(kFolder + file, order);
    acquire();
    const std::int64_t running = now();
    least = std::min(least, running - read_file(kFolder + "posted_at"));
  }
  report("kernel-to-user", who, least);
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  // Whether the post's own thread goes on for a while is not to be chance.
  set_fifo(1);
  const int handle = open("/dev/ksem/ksem_bench", O_RDWR | O_CLOEXEC);
  check(handle >= 0, "/dev/ksem/ksem_bench");
  measure("ksem_post", "ksem", 1,
          [handle] { check(ioctl(handle, KSEM_IOC_TAKE, 1) == 0, "take"); });
  EventFd peer(0);
  measure("eventfd_signal", "eventfd", peer.fd(), [&peer] { peer.acquire(); });
}

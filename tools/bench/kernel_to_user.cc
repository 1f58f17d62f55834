// SPDX-License-Identifier: MIT
// kernel-to-user: from where ksem_bench.ko posts to where the thread runs that
// was blocked.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 100;

const std::string kModule = "/sys/kernel/debug/ksem_bench/";

std::int64_t posted_at() {
  std::ifstream file(kModule + "posted_at");
  std::int64_t time = 0;
  check(static_cast<bool>(file >> time), "posted_at");
  return time;
}

// `order` written to `file` has the module post a little later.
template <class Acquire>
void measure(const char* who, const char* file, int order, Acquire acquire) {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int run = 0; run < kRuns; ++run) {
    check(
        static_cast<bool>(std::ofstream(kModule + file) << order << std::flush),
        file);
    acquire();
    const std::int64_t running = now();
    least = std::min(least, running - posted_at());
  }
  report("kernel-to-user", who, least);
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  const int handle = open("/dev/ksem/ksem_bench", O_RDWR | O_CLOEXEC);
  check(handle >= 0, "/dev/ksem/ksem_bench");
  measure("ksem_post", "ksem", 1,
          [handle] { check(ioctl(handle, KSEM_IOC_TAKE, 1) == 0, "take"); });
  EventFd peer(0);
  measure("eventfd_signal", "eventfd", peer.fd(), [&peer] { peer.acquire(); });
}

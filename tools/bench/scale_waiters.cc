// SPDX-License-Identifier: MIT
// scale-waiters: what a post costs the poster when many threads are blocked.
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "tools/bench/ours.h"
#include "tools/bench/waiters.h"

namespace ksem_bench {
namespace {

constexpr int kPosts = 20;

std::int64_t post(Handle& semaphore) {
  const std::int64_t start = now();
  semaphore.release();
  return now() - start;
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  // The thread that is woken doesn't get the CPU before we have looked.
  const sched_param priority = {1};
  check(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority) == 0,
        "sched_setscheduler");

  Handle semaphore(0);
  std::int64_t one = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kPosts; ++i) {
    const Waiters<Handle> waiter(semaphore, 1);
    one = std::min(one, post(semaphore));
  }
  std::int64_t many = std::numeric_limits<std::int64_t>::max();
  {
    const Waiters<Handle> waiters(semaphore, 10000);
    for (int i = 0; i < kPosts; ++i) many = std::min(many, post(semaphore));
  }
  report("scale-waiters", "ksem", many);
  report("scale-waiters", "1 blocked", one);
}

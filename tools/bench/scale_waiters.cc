// SPDX-License-Identifier: MIT
// scale-waiters: what a post costs who posts when many threads are blocked.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "tools/bench/ours.h"

namespace ksem_bench {
namespace {

constexpr int kPosts = 20;

void* take_one(void* semaphore) {
  static_cast<Handle*>(semaphore)->acquire();
  return nullptr;
}

unsigned blocked(const Handle& semaphore) {
  ksem_ioc_info info;
  check(ioctl(semaphore.fd(), KSEM_IOC_INFO, &info) == 0, "info");
  return info.waiters;
}

class Waiters {
 public:
  Waiters(Handle& semaphore, unsigned count)
      : semaphore_(semaphore), threads_(count) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    for (pthread_t& thread : threads_) {
      check(pthread_create(&thread, &small, take_one, &semaphore) == 0,
            "pthread_create");
    }
    pthread_attr_destroy(&small);
    while (blocked(semaphore_) < count) sched_yield();
  }
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;
  ~Waiters() {
    for (unsigned left = blocked(semaphore_); left > 0; --left) {
      semaphore_.release();
    }
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  }

 private:
  Handle& semaphore_;
  std::vector<pthread_t> threads_;
};

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
    const Waiters waiter(semaphore, 1);
    one = std::min(one, post(semaphore));
  }
  std::int64_t many = std::numeric_limits<std::int64_t>::max();
  {
    const Waiters waiters(semaphore, 10000);
    for (int i = 0; i < kPosts; ++i) many = std::min(many, post(semaphore));
  }
  report("scale-waiters", "ksem", many);
  report("scale-waiters", "1 blocked", one);
}

// SPDX-License-Identifier: MIT
// Threads that are blocked on a semaphore while something else is measured.
#ifndef TOOLS_BENCH_WAITERS_H_
#define TOOLS_BENCH_WAITERS_H_

#include <pthread.h>
#include <unistd.h>

#include <mutex>
#include <system_error>
#include <vector>

#include "tools/bench/measure.h"

namespace ksem_bench {

// A Semaphore has acquire(), release(), and waiters(): how many threads are
// blocked.
template <class Semaphore>
class Waiters {
 public:
  Waiters(Semaphore& semaphore, unsigned count)
      : semaphore_(semaphore), count_(count) {
    fill();
  }
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;
  ~Waiters() {
    for (unsigned left = semaphore_.waiters(); left > 0; --left) {
      semaphore_.release();
    }
    settle(0);
  }

  // Makes threads until as many are blocked as in the beginning.
  void fill() {
    settle(semaphore_.waiters());
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    while (alive_ < count_) {
      pthread_t thread;
      ++alive_;
      check(pthread_create(&thread, &small, take_one, this) == 0,
            "pthread_create");
    }
    pthread_attr_destroy(&small);
    while (semaphore_.waiters() < count_) usleep(1000);
  }

 private:
  static void* take_one(void* waiters) {
    auto& self = *static_cast<Waiters*>(waiters);
    try {
      self.semaphore_.acquire();
    } catch (const std::system_error&) {  // shut down
    }
    const std::lock_guard lock(self.mutex_);
    self.over_.push_back(pthread_self());
    return nullptr;
  }

  // Joins threads until at most `left` are alive.
  void settle(unsigned left) {
    while (alive_ > left) {
      usleep(1000);
      const std::lock_guard lock(mutex_);
      for (const pthread_t thread : over_) pthread_join(thread, nullptr);
      alive_ -= over_.size();
      over_.clear();
    }
  }

  Semaphore& semaphore_;
  const unsigned count_;
  unsigned alive_ = 0;
  std::mutex mutex_;
  std::vector<pthread_t> over_;  // still to be joined
};

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_WAITERS_H_

// SPDX-License-Identifier: MIT
// rt-late-…: how late a thread of FIFO 95 is when a thread on its CPU posts to
// many waiters.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/realtime.h"
#include "tools/bench/waiters.h"

namespace ksem_bench {
namespace {

// The thread's period, and how late it may be.
constexpr std::int64_t kPeriod = 50'000;
constexpr double kBound = 300'000;

class Sampler {
 public:
  Sampler() : thread_([this] { run(); }) {}
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  ~Sampler() { stop_ = true; }

  // How late the thread is at worst, until 1 ms after the operation.
  template <class Operation>
  std::int64_t worst(Operation operation) {
    worst_ = 0;
    operation();
    sleep_for(1'000'000);
    return worst_;
  }

 private:
  void run() {
    set_fifo(95);
    while (!stop_) {
      const std::int64_t time = now() + kPeriod;
      sleep_until(time);
      worst_ = std::max<std::int64_t>(worst_, now() - time);
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::int64_t> worst_ = 0;
  std::jthread thread_;
};

constexpr unsigned kThreads = 900;

// Each thread waits for any of as many semaphores as one request can have.
class OursOfMany {
 public:
  OursOfMany() {
    for (unsigned i = 0; i < KSEM_OPS_MAX; ++i) {
      ops_[i] = {semaphores_.emplace_back(0).fd(), KSEM_OP_WAIT, 1, 0, 0};
    }
  }

  void acquire() {
    ksem_ioc_multi multi = {};
    multi.ops = reinterpret_cast<std::uintptr_t>(ops_.data());
    multi.nr = ops_.size();
    multi.op_size = sizeof(ksem_ioc_op);
    check(ioctl(ops_[0].fd, KSEM_IOC_ANY, &multi) == 0, "any");
  }
  // Serves all threads by the first semaphore, then posts to the last one, in
  // whose queue all of them still stand.
  void release(unsigned count) {
    semaphores_.front().release(count);
    semaphores_.back().release();
  }
  void release() { semaphores_.front().release(); }
  unsigned waiters() const { return semaphores_.back().waiters(); }

 private:
  std::deque<Handle> semaphores_;
  std::array<ksem_ioc_op, KSEM_OPS_MAX> ops_;
};

class FutexOfMany {
 public:
  void acquire() {
    std::array<futex_waitv, KSEM_OPS_MAX> waits = {};
    for (unsigned i = 0; i < waits.size(); ++i) {
      waits[i].uaddr = reinterpret_cast<std::uintptr_t>(&words_[i]);
      waits[i].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
    }
    ++entered_;
    check(syscall(SYS_futex_waitv, waits.data(), waits.size(), 0, nullptr, 0) >=
              0,
          "futex_waitv");
  }
  void release(int count) {
    check(wake(0, count) == count, "FUTEX_WAKE");
    wake(KSEM_OPS_MAX - 1, 1);
    entered_ -= count;
  }
  void release() { release(1); }
  unsigned waiters() {
    const unsigned entered = entered_;
    usleep(1000);
    return entered;
  }

 private:
  long wake(unsigned index, int count) {
    return syscall(SYS_futex, &words_[index], FUTEX_WAKE_PRIVATE, count,
                   nullptr, nullptr, 0);
  }

  std::array<std::atomic<int>, KSEM_OPS_MAX> words_ = {};
  std::atomic<int> entered_ = 0;
};

template <class Semaphore>
std::int64_t late_by_waiters(Sampler& sampler, Semaphore& semaphore,
                             unsigned count) {
  Waiters waiters(semaphore, count);
  return sampler.worst([&semaphore, count] { semaphore.release(count); });
}

template <class Semaphore>
std::int64_t late_by_pollers(Sampler& sampler, unsigned count) {
  Semaphore semaphore(0);
  Pollers pollers(semaphore.fd(), count);
  return sampler.worst([&semaphore] { semaphore.release(); });
}

void compare(const std::string& id, std::int64_t ours, const char* who,
             std::int64_t peer) {
  report(id, "ksem", ours);
  report(id, "0.3 ms", kBound);
  report(id + "-peer", "ksem", ours);
  report(id + "-peer", who, peer);
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  stop_throttling();
  // Woken threads don't run before all are woken.
  set_fifo(10);
  Sampler sampler;

  OursOfMany ours_of_many;
  FutexOfMany futex_of_many;
  compare("rt-late-any", late_by_waiters(sampler, ours_of_many, kThreads),
          "futex_waitv", late_by_waiters(sampler, futex_of_many, kThreads));
  Handle ours(0);
  Futex futex(0);
  compare("rt-late-waiters", late_by_waiters(sampler, ours, 10'000), "futex",
          late_by_waiters(sampler, futex, 10'000));
  compare("rt-late-pollers", late_by_pollers<Handle>(sampler, 40'000),
          "eventfd", late_by_pollers<EventFd>(sampler, 40'000));
}

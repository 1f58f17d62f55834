// SPDX-License-Identifier: MIT
// What the benchmarks for real time have in common.
#ifndef TOOLS_BENCH_REALTIME_H_
#define TOOLS_BENCH_REALTIME_H_

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <fstream>
#include <string>

#include "kernel/include/uapi/linux/ksem.h"
#include "tools/bench/measure.h"

namespace ksem_bench {

// Gives the calling thread a real-time priority that new threads don't inherit.
inline void set_fifo(int priority) {
  const sched_param param = {priority};
  check(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0,
        "sched_setscheduler");
}

template <class Value>
void write_file(const std::string& path, const Value& value) {
  check(static_cast<bool>(std::ofstream(path) << value << std::flush),
        path.c_str());
}

inline std::int64_t read_file(const std::string& path) {
  std::int64_t value = 0;
  check(static_cast<bool>(std::ifstream(path) >> value), path.c_str());
  return value;
}

// Lets real-time threads use all of the CPU.
inline void stop_throttling() {
  write_file("/proc/sys/kernel/sched_rt_runtime_us", -1);
}

inline void sleep_until(std::int64_t time) {
  const timespec at = {time / 1'000'000'000, time % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

inline void sleep_for(std::int64_t ns) { sleep_until(now() + ns); }

// The system call that glibc's semaphores block in.
class Futex {
 public:
  static constexpr char kName[] = "futex";

  explicit Futex(unsigned) {}

  void acquire() {
    ++entered_;
    check(call(FUTEX_WAIT_PRIVATE, 0) == 0, "FUTEX_WAIT");
  }
  void release() { release(1); }
  void release(int count) {
    check(call(FUTEX_WAKE_PRIVATE, count) == count, "FUTEX_WAKE");
    entered_ -= count;
  }

  // Gives the threads that are about to block the time to do so.
  unsigned waiters() {
    const unsigned entered = entered_;
    usleep(1000);
    return entered;
  }

 private:
  long call(int operation, int value) {
    return syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
  }

  std::atomic<int> word_ = 0;
  std::atomic<int> entered_ = 0;
};

// One epoll with `count` entries, for copies of a descriptor.
class Pollers {
 public:
  Pollers(int fd, unsigned count) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const rlimit many = {100'000, 100'000};
    check(setrlimit(RLIMIT_NOFILE, &many) == 0, "setrlimit");
    check(epoll_ >= 0, "epoll_create1");
    for (unsigned i = 0; i < count; ++i) {
      epoll_event event = {.events = EPOLLIN, .data = {}};
      const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
      check(copy >= 0, "dup");
      check(epoll_ctl(epoll_, EPOLL_CTL_ADD, copy, &event) == 0, "epoll_ctl");
      last_ = copy;
      if (i == 0) first_ = copy;
    }
  }
  Pollers(const Pollers&) = delete;
  Pollers& operator=(const Pollers&) = delete;
  ~Pollers() {
    close(epoll_);
    if (first_ >= 0) close_range(first_, last_, 0);
  }

  // Takes entries off the ready list that are not ready any more.
  void reset() {
    epoll_event event;
    check(epoll_wait(epoll_, &event, 1, 0) == 0, "epoll_wait");
  }

 private:
  int epoll_;
  int first_ = -1;
  int last_ = -1;
};

// ksem_bench_rt.ko's files, and its semaphore.
inline const std::string kModule = "/sys/kernel/debug/ksem_bench_rt/";

class ModuleSemaphore {
 public:
  static constexpr char kName[] = "ksem";

  ModuleSemaphore() : fd_(open("/dev/ksem/ksem_bench_rt", O_RDWR | O_CLOEXEC)) {
    check(fd_ >= 0, "/dev/ksem/ksem_bench_rt");
  }
  ModuleSemaphore(const ModuleSemaphore&) = delete;
  ModuleSemaphore& operator=(const ModuleSemaphore&) = delete;
  ~ModuleSemaphore() { close(fd_); }

  int fd() const { return fd_; }

  void acquire() { check(ioctl(fd_, KSEM_IOC_TAKE, 1) == 0, "take"); }
  void release() { check(ioctl(fd_, KSEM_IOC_GIVE, 1) == 0, "give"); }

 private:
  int fd_;
};

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_REALTIME_H_

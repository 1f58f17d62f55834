// SPDX-License-Identifier: MIT
// rt-irqs-…, rt-preempt-…: the longest stretch with interrupts off, or with
// preemption off, that one operation makes while so many threads are blocked.
// Usage: bench_rt_stretch irqs|preempt WAITERS
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/realtime.h"
#include "tools/bench/waiters.h"

namespace ksem_bench {
namespace {

const std::string kTracing = "/sys/kernel/tracing/";

// The kernel's tracer of that kind.  Its clock is the time stamp counter, which
// counts instructions here.
class Tracer {
 public:
  explicit Tracer(const std::string& kind)
      : on_(open_file("tracing_on")),
        longest_(open_file("tracing_max_latency")) {
    put(on_, "0");
    write_file(kTracing + "trace_clock", "x86-tsc");
    write_file(kTracing + "current_tracer", kind + "off");
  }
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer() {
    close(on_);
    close(longest_);
  }

  template <class Operation>
  std::int64_t longest(Operation operation) {
    put(on_, "1");
    put(longest_, "0");
    operation();
    put(on_, "0");
    return length();
  }

 private:
  static int open_file(const std::string& name) {
    const int fd = open((kTracing + name).c_str(), O_WRONLY | O_CLOEXEC);
    check(fd >= 0, name.c_str());
    return fd;
  }

  static void put(int fd, const char* digit) {
    check(pwrite(fd, digit, 1, 0) == 1, "tracing");
  }

  // tracing_max_latency counts in thousands; the trace of that stretch in ones:
  //   sh-72  0d...1  193: irqentry_enter
  //   sh-72  0dN.11 6181: preempt_schedule_irq
  static std::int64_t length() {
    std::ifstream trace(kTracing + "trace");
    std::vector<std::int64_t> times;
    for (std::string line; times.size() < 2 && std::getline(trace, line);) {
      if (line.starts_with('#')) continue;
      line.erase(line.find(": "));
      times.push_back(std::stoll(line.substr(line.find_last_of(' ') + 1)));
    }
    check(times.size() == 2, "trace");
    return times[1] - times[0];
  }

  int on_;
  int longest_;
};

// A post by KSEM_IOC_ALL.
void give_by_step(Handle& semaphore) {
  ksem_ioc_op op = {semaphore.fd(), KSEM_OP_POST, 1, 0, 0};
  ksem_ioc_multi multi = {};
  multi.ops = reinterpret_cast<std::uintptr_t>(&op);
  multi.nr = 1;
  multi.op_size = sizeof(op);
  check(ioctl(semaphore.fd(), KSEM_IOC_ALL, &multi) == 0, "all");
}

// A wait that fails.
void fail_to_take(Handle& semaphore, unsigned flags, std::int64_t timeout) {
  ksem_ioc_wait wait = {1, flags, timeout, 0, 0, 0};
  if (timeout != 0) wait.clock = CLOCK_MONOTONIC;
  check(ioctl(semaphore.fd(), KSEM_IOC_WAIT, &wait) != 0, "wait");
}

void write_text(int fd, std::string_view text) {
  check(pwrite(fd, text.data(), text.size(), 0) > 0, "write");
}

class Stretches {
 public:
  Stretches(const std::string& kind, unsigned waiters)
      : tracer_(kind), kind_(kind), waiters_(waiters) {}

  void measure() {
    nothing();
    quick();
    ours();
    shutdown();
    futex();
    pollers<Handle>("ksem");
    pollers<EventFd>("eventfd");
  }

 private:
  static constexpr int kRuns = 10;

  // The least of several runs: the one that no interrupt got into.
  template <class Operation, class Prepare>
  std::int64_t least(Operation operation, Prepare prepare, int runs = kRuns) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    while (runs-- > 0) {
      prepare();
      least = std::min(least, tracer_.longest(operation));
    }
    return least;
  }
  template <class Operation>
  std::int64_t least(Operation operation) {
    return least(operation, [] {});
  }

  // Fewer, for operations after which all threads have to be made anew.
  int few_runs() const { return waiters_ > 1000 ? 1 : kRuns; }

  void tell(const std::string& name, const char* who, std::int64_t figure) {
    report("rt-" + kind_ + '-' + name + '-' + std::to_string(waiters_), who,
           figure);
  }

  // The peers of quick(): entering the kernel, and sleeping there.
  void nothing() {
    const std::int64_t enter = least([] { getppid(); });
    tell("try", "getppid", enter);
    tell("info", "getppid", enter);
    tell("max", "getppid", enter);
    tell("timeout", "nanosleep", least([] {
           const timespec soon = {0, 1};
           nanosleep(&soon, nullptr);
         }));
  }

  // Operations that wake no waiter.
  void quick() {
    Handle semaphore(0);
    const Waiters waiters(semaphore, waiters_);
    tell("try", "ksem",
         least([&] { fail_to_take(semaphore, KSEM_WAIT_NOWAIT, 0); }));
    tell("info", "ksem", least([&] { semaphore.waiters(); }));
    const int max = semaphore.open_file("max");
    tell("max", "ksem", least([max] { write_text(max, "1000000"); }));
    close(max);
    tell("timeout", "ksem",
         least([&] { fail_to_take(semaphore, KSEM_WAIT_TIMEOUT, 1); }));
  }

  void ours() {
    Handle semaphore(0);
    Waiters waiters(semaphore, waiters_);
    const auto fill = [&waiters] { waiters.fill(); };
    tell("post", "ksem", least([&] { semaphore.release(); }, fill));
    tell("step", "ksem", least([&] { give_by_step(semaphore); }, fill));
    tell("post-all", "ksem",
         least([&] { semaphore.release(waiters_); }, fill, few_runs()));
  }

  void shutdown() {
    std::optional<Handle> semaphore;
    std::optional<Waiters<Handle>> waiters;
    int file = -1;
    const auto fill = [&] {
      waiters.reset();
      semaphore.emplace(0);
      waiters.emplace(*semaphore, waiters_);
      close(file);
      file = semaphore->open_file("shutdown");
    };
    tell("shutdown", "ksem",
         least([&] { write_text(file, "1"); }, fill, few_runs()));
    close(file);
  }

  // The peer of operations that wake waiters.
  void futex() {
    Futex semaphore(0);
    Waiters waiters(semaphore, waiters_);
    const auto fill = [&waiters] { waiters.fill(); };
    const std::int64_t one = least([&] { semaphore.release(); }, fill);
    const std::int64_t all =
        least([&] { semaphore.release(waiters_); }, fill, few_runs());
    tell("post", Futex::kName, one);
    tell("step", Futex::kName, one);
    tell("post-all", Futex::kName, all);
    tell("shutdown", Futex::kName, all);
  }

  // An epoll with as many entries in place of threads.
  template <class Semaphore>
  void pollers(const char* who) {
    Semaphore semaphore(1);
    Pollers pollers(semaphore.fd(), waiters_);
    tell("pollers", who,
         least(
             [&semaphore] {
               semaphore.release();
               usleep(1000);  // a kernel thread may have to tell epoll
             },
             [&] {
               semaphore.acquire();
               pollers.reset();
             }));
  }

  Tracer tracer_;
  const std::string kind_;
  const unsigned waiters_;
};

}  // namespace
}  // namespace ksem_bench

int main(int, char** argv) {
  using namespace ksem_bench;
  stop_throttling();
  // Woken threads don't run before the stretch has been read.
  set_fifo(1);
  Stretches(argv[1], std::atoi(argv[2])).measure();
}

// SPDX-License-Identifier: MIT
// contended-…: units a second that eight threads, or processes, take and give
// back; …-share: the least one's part, of the mean; …-longest: the longest
// that one of them waited; …-module: what as many threads of a module do
// meanwhile. With "instructions" behind the ID: instructions for each unit, on
// one CPU whose clock counts them. With another word there, it is ours that
// pretends to be the C library's.
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <new>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

constexpr int kWorkers = 8;
constexpr int kRounds = 5;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kWarmUp = 100 * kMillisecond;
constexpr std::int64_t kTime = 1000 * kMillisecond;
constexpr int kCountedRounds = 3;
constexpr std::int64_t kCountedTime = 400 * kMillisecond;

struct Work {
  std::string id;
  int units = 1;
  std::int64_t held = 0;  // in nanoseconds
  bool processes = false;
  bool counted = false;
  bool longest = false;
  const char* who = nullptr;
};

struct alignas(64) Counter {
  std::atomic<long> units = 0;
  std::atomic<std::int64_t> longest = 0;
};

// What the workers share, if they are processes, too.
struct Shared {
  std::array<Counter, kWorkers> counters;
  std::atomic<bool> stop = false;
};

class Mapped {
 public:
  Mapped()
      : shared_(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    check(shared_ != MAP_FAILED, "mmap");
    new (shared_) Shared;
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() { munmap(shared_, sizeof(Shared)); }
  Shared* operator->() const { return static_cast<Shared*>(shared_); }

 private:
  void* shared_;
};

struct Result {
  double rate;
  double share;
  double longest;
  double module = 0;
};

using Units = std::array<long, kWorkers>;

void pause(std::int64_t ns) {
  const timespec time = {ns / 1'000'000'000, ns % 1'000'000'000};
  nanosleep(&time, nullptr);
}

void hold(std::int64_t ns) {
  if (!ns) return;
  const std::int64_t end = now() + ns;
  while (now() < end) {
  }
}

Units read(const Mapped& shared) {
  Units units;
  std::transform(shared->counters.begin(), shared->counters.end(),
                 units.begin(),
                 [](const Counter& counter) { return counter.units.load(); });
  return units;
}

Result measure(const Mapped& shared, std::int64_t time) {
  const std::int64_t start = now();
  const Units before = read(shared);
  for (Counter& counter : shared->counters) counter.longest = 0;
  pause(time);
  Units taken = read(shared);
  const double seconds = (now() - start) / 1e9;
  std::int64_t longest = 0;
  for (const Counter& counter : shared->counters) {
    longest = std::max(longest, counter.longest.load());
  }
  std::transform(taken.begin(), taken.end(), before.begin(), taken.begin(),
                 std::minus());
  const double all = std::accumulate(taken.begin(), taken.end(), 0L);
  const double least = *std::min_element(taken.begin(), taken.end());
  return {all / seconds, least / all * kWorkers, longest / 1e6};
}

// The clock is read only where that is asked for.
template <class Primitive>
void use(Primitive& semaphore, const Mapped& shared, Counter& mine,
         const Work& work) {
  while (!shared->stop) {
    const std::int64_t start = work.longest ? now() : 0;
    semaphore.acquire();
    if (work.longest) {
      const std::int64_t waited = now() - start;
      if (waited > mine.longest) mine.longest = waited;
    }
    hold(work.held);
    semaphore.release();
    mine.units.fetch_add(1, std::memory_order_relaxed);
  }
}

class Workers {
 public:
  Workers(bool processes, const std::function<void(int)>& function) {
    for (int i = 0; i < kWorkers; ++i) {
      if (!processes) {
        threads_.emplace_back([&function, i] { function(i); });
        continue;
      }
      const pid_t child = fork();
      check(child >= 0, "fork");
      if (child == 0) {
        function(i);
        _exit(0);
      }
      children_.push_back(child);
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    for (const pid_t child : children_) waitpid(child, nullptr, 0);
  }

 private:
  std::vector<std::jthread> threads_;
  std::vector<pid_t> children_;
};

template <class Primitive>
Result contend(const Work& work) {
  Primitive semaphore(work.units);
  const Mapped shared;
  const std::function<void(int)> function = [&](int i) {
    use(semaphore, shared, shared->counters[i], work);
  };
  const Workers workers(work.processes, function);
  pause(kWarmUp);
  const auto module = [&semaphore]() -> double {
    if constexpr (requires { semaphore.module_units(); }) {
      return semaphore.module_units();
    }
    return 0;
  };
  const double before = module();
  const std::int64_t time = work.counted ? kCountedTime : kTime;
  Result result = measure(shared, time);
  result.module = (module() - before) / (time / 1e9);
  shared->stop = true;
  return result;
}

double median(std::vector<Result>& results, double Result::*what) {
  const auto middle = results.begin() + results.size() / 2;
  std::nth_element(
      results.begin(), middle, results.end(),
      [what](const Result& a, const Result& b) { return a.*what < b.*what; });
  return *middle.*what;
}

// A lock rather than a semaphore, as what else one might take.
class Mutex {
 public:
  static constexpr char kName[] = "pthread_mutex";

  explicit Mutex(unsigned) {
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex_, &shared);
  }
  void acquire() { pthread_mutex_lock(&mutex_); }
  void release() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

// The module's threads use the same unit.
class Module {
 public:
  explicit Module(const std::string& peer)
      : fd_(open("/sys/kernel/debug/ksem_bench/contend", O_RDWR | O_CLOEXEC)) {
    check(fd_ >= 0, "contend");
    tell(peer + " " + std::to_string(kWorkers));
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() {
    tell("stop");
    close(fd_);
  }

  void tell(const std::string& what) const {
    check(write(fd_, what.data(), what.size()) > 0, "contend");
  }
  double units() const {
    char text[32] = "";
    check(pread(fd_, text, sizeof(text) - 1, 0) > 0, "contend");
    return std::stod(text);
  }

 private:
  int fd_;
};

// Ours, where a module waits and posts as programs do.
template <bool kFair>
class OfModule {
 public:
  static constexpr char kName[] = "ksem::Semaphore and ksem_wait";

  explicit OfModule(unsigned)
      : semaphore_(
            ksem::Semaphore::open("ksem_bench", {.via = ksem::Via::kHandle})),
        module_("ksem") {
    semaphore_.set_fair(kFair);
    semaphore_.release();
  }
  OfModule(const OfModule&) = delete;
  OfModule& operator=(const OfModule&) = delete;
  ~OfModule() { semaphore_.acquire(); }

  void acquire() { semaphore_.acquire(); }
  void release() { semaphore_.release(); }
  double module_units() const { return module_.units(); }

 private:
  ksem::Semaphore semaphore_;
  Module module_;
};

// A unit of a struct semaphore that the module lends through an eventfd.
class Lent {
 public:
  static constexpr char kName[] = "struct semaphore and eventfd";

  explicit Lent(unsigned)
      : eventfd_(0), module_(std::to_string(eventfd_.fd())) {}
  void acquire() { eventfd_.acquire(); }
  void release() { module_.tell("return"); }
  double module_units() const { return module_.units(); }

 private:
  EventFd eventfd_;
  Module module_;
};

// The same as ours, with a thread whose event loop has it.
class Watched : public CppUnfair {
 public:
  static constexpr char kName[] = "ksem::Semaphore, fair=0, polled";

  explicit Watched(unsigned value)
      : CppUnfair(value), watcher_([this](std::stop_token stop) {
          const int fd =
              open(("/dev/ksem/" + name()).c_str(), O_RDWR | O_CLOEXEC);
          const int loop = epoll_create1(EPOLL_CLOEXEC);
          epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {}};
          check(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
          while (!stop.stop_requested()) epoll_wait(loop, &event, 1, 10);
          close(loop);
          close(fd);
        }) {}

 private:
  std::jthread watcher_;
};

class Unwatched : public CppUnfair {
 public:
  static constexpr char kName[] = "nobody polls";

  using CppUnfair::CppUnfair;
};

template <class... Primitives>
void compare(const Work& work) {
  const std::array names = {work.who ? work.who : Primitives::kName...};
  std::array<std::vector<Result>, sizeof...(Primitives)> results;
  // Whatever else the machine does meets all of them.
  const int rounds = work.counted ? kCountedRounds : kRounds;
  for (int round = 0; round < rounds; ++round) {
    auto* next = results.data();
    (next++->push_back(contend<Primitives>(work)), ...);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double rate = median(results[i], &Result::rate);
    if (work.counted) {
      report(work.id + "-instructions", names[i], 1e9 / rate - work.held);
      continue;
    }
    report(work.id, names[i], rate);
    report(work.id + "-share", names[i], median(results[i], &Result::share));
    const double module = median(results[i], &Result::module);
    if (module > 0) report(work.id + "-module", names[i], module);
    if (!work.longest) continue;
    report(work.id + "-longest", names[i],
           median(results[i], &Result::longest));
  }
}

}  // namespace
}  // namespace ksem_bench

int main(int argc, char** argv) {
  using namespace ksem_bench;
  const std::string wanted = argc > 1 ? argv[1] : "";
  const bool counted = argc > 2 && argv[2] == std::string("instructions");
  const auto run = [&](Work work, auto compare) {
    work.counted = counted;
    if (work.id == wanted) compare(work);
  };
  // On other numbers of CPUs, too.
  for (const char* cpus : {"", "-cpus-1", "-cpus-4"}) {
    run({.id = "contended-1" + std::string(cpus)}, compare<CppUnfair, Glibc>);
    run({.id = "contended-4" + std::string(cpus), .units = 4},
        compare<CppUnfair, Glibc>);
  }
  run({.id = "contended-8", .units = 8}, compare<CppUnfair, Glibc>);
  run({.id = "contended-1-process", .processes = true},
      compare<CppUnfair, Glibc>);
  run({.id = "contended-1-fair"}, compare<Cpp, SystemV>);
  run({.id = "contended-posix", .who = counted || argc < 3 ? nullptr : argv[2]},
      compare<Glibc>);
  run({.id = "contended-watched"}, compare<Watched, Unwatched>);
  run({.id = "contended-kernel"}, compare<OfModule<false>, Lent>);
  run({.id = "contended-kernel-fair"}, compare<OfModule<true>, Lent>);
  for (const int us : {1, 10, 100}) {
    Work work = {.id = "contended-1-held-" + std::to_string(us),
                 .held = us * 1000,
                 .longest = true};
    run(work, compare<CppUnfair, Glibc, SystemV, Mutex>);
    work.id += "-fair";
    run(work, compare<Cpp, Glibc, SystemV, Mutex>);
  }
}

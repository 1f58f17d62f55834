// SPDX-License-Identifier: MIT
// contended-…: units a second that eight threads, or processes, take and give
// back; …-share: the least one's part, of the mean; …-longest: the longest
// that one of them waited.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <new>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

constexpr int kWorkers = 8;
constexpr int kRounds = 9;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kWarmUp = 100 * kMillisecond;
constexpr std::int64_t kTime = 400 * kMillisecond;

struct Work {
  std::string id;
  int units = 1;
  std::int64_t held = 0;  // in nanoseconds
  bool processes = false;
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

Result measure(const Mapped& shared) {
  const std::int64_t start = now();
  const Units before = read(shared);
  for (Counter& counter : shared->counters) counter.longest = 0;
  pause(kTime);
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

// The clock is read only where a unit is held: that takes longer anyway.
template <class Primitive>
void use(Primitive& semaphore, const Mapped& shared, Counter& mine,
         std::int64_t held) {
  while (!shared->stop) {
    const std::int64_t start = held ? now() : 0;
    semaphore.acquire();
    if (held) {
      const std::int64_t waited = now() - start;
      if (waited > mine.longest) mine.longest = waited;
      hold(held);
    }
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
    use(semaphore, shared, shared->counters[i], work.held);
  };
  const Workers workers(work.processes, function);
  pause(kWarmUp);
  const Result result = measure(shared);
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

template <class... Primitives>
void compare(const Work& work) {
  const std::array names = {Primitives::kName...};
  std::array<std::vector<Result>, sizeof...(Primitives)> results;
  // Whatever else the machine does meets all of them.
  for (int round = 0; round < kRounds; ++round) {
    auto* next = results.data();
    (next++->push_back(contend<Primitives>(work)), ...);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    report(work.id, names[i], median(results[i], &Result::rate));
    report(work.id + "-share", names[i], median(results[i], &Result::share));
    if (!work.held) continue;
    report(work.id + "-longest", names[i],
           median(results[i], &Result::longest));
  }
}

}  // namespace
}  // namespace ksem_bench

int main(int argc, char** argv) {
  using namespace ksem_bench;
  const auto wanted = [&](const std::string& id) {
    return argc < 2 || id == argv[1];
  };
  if (wanted("contended-1")) compare<CppUnfair, Glibc>({"contended-1"});
  if (wanted("contended-4")) {
    compare<CppUnfair, Glibc>({.id = "contended-4", .units = 4});
  }
  if (wanted("contended-1-process")) {
    compare<CppUnfair, Glibc>({.id = "contended-1-process", .processes = true});
  }
  if (wanted("contended-1-fair")) compare<Cpp, SystemV>({"contended-1-fair"});
  for (const int us : {1, 10, 100}) {
    const std::string id = "contended-1-held-" + std::to_string(us);
    const Work work = {.id = id, .held = us * 1000};
    if (wanted(id)) compare<CppUnfair, Glibc, SystemV, Mutex>(work);
    Work fair = work;
    fair.id += "-fair";
    if (wanted(fair.id)) compare<Cpp, Glibc, SystemV, Mutex>(fair);
  }
}

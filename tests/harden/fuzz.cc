// SPDX-License-Identifier: MIT
// Tries what no program in its right mind would do: sequences of operations on
// every door of a few semaphores, two threads at a time, as root or as an
// ordinary user. It knows no model; a finding is an errno that isn't
// documented, a value above its ceiling, a waiter that stays, or a hang. Run as
// root.
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/harden/kcov.h"
#include "tests/harden/machine.h"
#include "tests/harden/sequence.h"

namespace ksem_test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kUsage[] =
    "Usage: fuzz [--user] [--seed N] [--seconds N] [--keep DIR] [FILE…]\n"
    "Replays the sequences in the FILEs, then makes its own.\n"
    "  --user       as user 1000, to whom all is open half of the time\n"
    "  --seed N     other sequences, or \"random\" (default: 1)\n"
    "  --seconds N  how long to go on (default: 10)\n"
    "  --keep DIR   sequences that reached new code go there\n";

constexpr char kRoot[] = "/sys/kernel/config/ksem";
constexpr int kThreads = 2;
constexpr size_t kKept = 512;
constexpr uid_t kUser = 1000;
constexpr auto kTick = std::chrono::milliseconds(2);
// Longer than the slowest machine takes for a round, which has no long wait.
constexpr auto kHang = std::chrono::minutes(10);

struct Options {
  bool user = false;
  uint64_t seed = 1;
  int seconds = 10;
  std::string keep;
  std::vector<std::string> files;
};

// For this thread only, which the C library's functions wouldn't do.
void BecomeUser() {
  if (syscall(SYS_setgroups, 0, nullptr) ||
      syscall(SYS_setresgid, kUser, kUser, kUser) ||
      syscall(SYS_setresuid, kUser, kUser, kUser)) {
    std::cerr << "fuzz: can't become a user\n";
    _exit(2);
  }
}

// Ends whatever a thread blocks in, again and again.
class Interrupter {
 public:
  Interrupter() : thread_([this] { Run(); }) {}
  ~Interrupter() {
    stop_ = true;
    thread_.join();
  }

  void Add(pthread_t thread) {
    const std::lock_guard lock(mutex_);
    threads_.push_back(thread);
    since_ = Clock::now();
  }
  // Before they are joined they are taken out by themselves.
  void Remove(pthread_t thread) {
    const std::lock_guard lock(mutex_);
    std::erase(threads_, thread);
  }

 private:
  void Run() {
    while (!stop_) {
      std::this_thread::sleep_for(kTick);
      const std::lock_guard lock(mutex_);
      for (pthread_t thread : threads_) pthread_kill(thread, SIGUSR1);
      if (!threads_.empty() && Clock::now() - since_ > kHang) {
        std::cout << "finding: a thread hangs" << std::endl;
        _exit(1);
      }
    }
  }

  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<pthread_t> threads_;
  Clock::time_point since_;
  std::thread thread_;
};

std::string Path(const std::string& name, const std::string& file = "") {
  return std::string(kRoot) + "/" + name + (file.empty() ? "" : "/" + file);
}

std::vector<std::string> Made() {
  std::vector<std::string> names;
  DIR* dir = opendir(kRoot);
  while (const dirent* entry = readdir(dir)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(dir);
  return names;
}

// Lets the user in everywhere, or nowhere but in what is open by default.
void SetModes(bool open) {
  chmod(kRoot, open ? 0777 : 0755);
  for (const std::string& name : Made()) {
    chmod(("/dev/ksem/" + name).c_str(), open ? 0666 : 0600);
    if (!open) continue;
    for (const char* file :
         {"value", "max", "wait", "trywait", "timedwait", "post", "order",
          "shutdown", "undo", "mappable", "fair", "record"}) {
      chmod(Path(name, file).c_str(), 0666);
    }
  }
}

class Fuzzer {
 public:
  explicit Fuzzer(const Options& options)
      : options_(options), random_(options.seed) {}

  // Whether all went well.
  bool Run() {
    for (const std::string& file : options_.files) {
      if (!Replay(file)) return false;
    }
    const auto end = Clock::now() + std::chrono::seconds(options_.seconds);
    while (Clock::now() < end) {
      const Sequence sequences[] = {Next(), Next()};
      if (!Round(sequences)) return false;
    }
    return CleanUp();
  }

  void Report() const {
    std::cout << "seed " << options_.seed << ": " << rounds_ << " rounds, "
              << steps_ << " operations, " << findings_ << " findings, ";
    if (kcovs_[0].available()) {
      std::cout << edges_.size() << " edges of ksem.ko" << std::endl;
    } else {
      std::cout << "no kcov" << std::endl;
    }
  }

 private:
  bool Replay(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    const auto sequence = FromText(text.str());
    if (!file || !sequence) {
      std::cout << "finding: can't read " << path << std::endl;
      findings_++;
      return false;
    }
    const Sequence sequences[] = {*sequence, *sequence};
    return Round(sequences);
  }

  Sequence Next() {
    if (kept_.empty() || random_.Below(4) == 0) return MakeSequence(&random_);
    return Mutate(kept_[random_.Below(kept_.size())], &random_);
  }

  void Worker(const Sequence& sequence, Kcov* kcov, std::string* finding) {
    interrupter_.Add(pthread_self());
    kcov->Start();
    if (options_.user) BecomeUser();
    {
      Machine machine;
      for (const Step& step : sequence) {
        if (const auto found = machine.Do(step)) {
          *finding = *found + "\n  in " + ToText({step});
          break;
        }
        steps_++;
      }
    }
    kcov->Stop();
    interrupter_.Remove(pthread_self());
  }

  // Both sequences at once, then a look at what is left.
  bool Round(const Sequence (&sequences)[kThreads]) {
    std::string found[kThreads];
    std::vector<std::thread> threads;
    rounds_++;
    if (options_.user) SetModes(random_.Below(2));
    for (int i = 0; i < kThreads; i++) {
      threads.emplace_back(
          [&, i] { Worker(sequences[i], &kcovs_[i], &found[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    Keep(sequences);
    found[0] += found[1] + WrongState();
    if (!found[0].empty()) {
      findings_++;
      std::cout << "finding in round " << rounds_ << ": " << found[0]
                << "\none thread:\n"
                << ToText(sequences[0]) << "the other:\n"
                << ToText(sequences[1]) << std::flush;
      return false;
    }
    // Else all of them end up shut down.
    return random_.Below(4) || CleanUp();
  }

  // Those that reached new code; without kcov, some.
  void Keep(const Sequence (&sequences)[kThreads]) {
    for (int i = 0; i < kThreads; i++) {
      const bool keep = kcovs_[i].available() ? kcovs_[i].AddEdges(&edges_) > 0
                                              : random_.Below(16) == 0;
      if (!keep) continue;
      if (!options_.keep.empty()) {
        std::ofstream(options_.keep + "/" + std::to_string(kept_.size()) +
                      ".ops")
            << "# SPDX-License-Identifier: MIT\n"
            << ToText(sequences[i]);
      }
      if (kept_.size() < kKept) {
        kept_.push_back(sequences[i]);
      } else {
        kept_[random_.Below(kKept)] = sequences[i];
      }
    }
  }

  // Of semaphores that nobody uses.
  std::string WrongState() {
    std::string wrong;
    for (const std::string& name : Made()) {
      if (const auto found = LookAtValue(name)) wrong += *found + "; ";
      if (NumberIn(Path(name, "waiters")) != 0) {
        wrong += name + " has waiters that are gone; ";
      }
    }
    return wrong;
  }

  bool CleanUp() {
    for (const std::string& name : Made()) {
      if (rmdir(Path(name).c_str()) == 0) continue;
      std::cout << "finding: can't remove " << name << ": " << strerror(errno)
                << std::endl;
      findings_++;
      return false;
    }
    return true;
  }

  const Options options_;
  Random random_;
  Interrupter interrupter_;
  Kcov kcovs_[kThreads];
  std::set<uint64_t> edges_;
  std::vector<Sequence> kept_;
  int rounds_ = 0;
  int findings_ = 0;
  std::atomic<uint64_t> steps_ = 0;
};

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    const bool more = i + 1 < argc;
    if (argument == "--user") {
      options.user = true;
    } else if (argument == "--seed" && more) {
      const std::string seed = argv[++i];
      options.seed = seed == "random"
                         ? std::random_device()()
                         : std::strtoull(seed.c_str(), nullptr, 10);
    } else if (argument == "--seconds" && more) {
      options.seconds = std::atoi(argv[++i]);
    } else if (argument == "--keep" && more) {
      options.keep = argv[++i];
    } else if (argument.starts_with("--")) {
      std::cerr << kUsage;
      std::exit(2);
    } else {
      options.files.push_back(argument);
    }
  }
  return options;
}

}  // namespace
}  // namespace ksem_test

int main(int argc, char** argv) {
  using namespace ksem_test;
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, nullptr);
  const Options options = Parse(argc, argv);
  std::cout << "seed " << options.seed << std::endl;
  Fuzzer fuzzer(options);
  const bool well = fuzzer.Run();
  fuzzer.Report();
  return well ? 0 : 1;
}

// SPDX-License-Identifier: MIT
// create-N: makes a semaphore and removes it when there are N others.
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

// mkdir without a write to "value", as the peers don't set one either.
template <const char* kRoot, const char* kWho>
class Made {
 public:
  static constexpr const char* kName = kWho;

  explicit Made(unsigned) {
    static unsigned made = 0;
    path_ = kRoot + std::to_string(made++);
    check(mkdir(path_.c_str(), 0700) == 0, "mkdir");
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() { rmdir(path_.c_str()); }

 private:
  std::string path_;
};

constexpr char kKsemRoot[] = "/sys/kernel/config/ksem/bench-";
constexpr char kKsem[] = "ksem";
// Directories of ksem_bench.ko that have one file and do nothing.
constexpr char kBareRoot[] = "/sys/kernel/config/ksem_bench/";
constexpr char kBare[] = "configfs alone";

template <class Primitive>
void measure() {
  std::vector<std::unique_ptr<Primitive>> others;
  for (const unsigned count : {10, 1000, 10000}) {
    while (others.size() < count) {
      others.push_back(std::make_unique<Primitive>(0));
    }
    report("create-" + std::to_string(count), Primitive::kName,
           best(20, 1, [] { Primitive one(0); }));
  }
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  measure<Made<kKsemRoot, kKsem>>();
  measure<PosixFile>();
  measure<SystemV>();
  measure<Made<kBareRoot, kBare>>();
}

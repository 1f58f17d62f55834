// SPDX-License-Identifier: MIT
// run: a command that does nothing, while a unit or a lock is held.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "tools/bench/ours.h"

namespace ksem_bench {
namespace {

void measure(const char* who, std::vector<const char*> words) {
  words.push_back(nullptr);
  char** const argv = const_cast<char**>(words.data());
  report("run", who, best(10, 1, [argv] {
           pid_t child;
           check(posix_spawnp(&child, argv[0], nullptr, nullptr, argv,
                              environ) == 0,
                 argv[0]);
           int status;
           check(waitpid(child, &status, 0) == child && status == 0, argv[0]);
         }));
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  const Directory semaphore(1);
  measure("ksem run", {"ksem", "run", semaphore.name().c_str(), "--", "true"});
  measure("flock", {"flock", "/tmp/ksem-bench", "true"});
}

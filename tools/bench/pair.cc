// SPDX-License-Identifier: MIT
// pair-…: takes a unit that is there and gives it back.  Usage: bench_pair ID…
#include <cstring>

#include "tools/bench/measure.h"
#include "tools/bench/ntsync.h"
#include "tools/bench/ours.h"
#include "tools/bench/peers.h"

namespace ksem_bench {
namespace {

template <class Primitive>
void measure(const char* id) {
  Primitive semaphore(1);
  report(id, Primitive::kName, best(10, 2000, [&semaphore] {
           semaphore.acquire();
           semaphore.release();
         }));
}

template <class Ours, class Peer>
void compare(const char* id) {
  measure<Ours>(id);
  measure<Peer>(id);
}

void run(const char* id) {
  const auto is = [id](const char* one) { return std::strcmp(id, one) == 0; };
  if (is("pair-cpp")) compare<Cpp, Glibc>(id);
  if (is("pair-handle")) compare<Handle, EventFd>(id);
  if (is("pair-handle-ntsync")) compare<Handle, Ntsync>(id);
  if (is("pair-files")) compare<Files, SystemV>(id);
}

}  // namespace
}  // namespace ksem_bench

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) ksem_bench::run(argv[i]);
}

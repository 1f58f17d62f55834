// SPDX-License-Identifier: MIT
// Takes a unit that is there and gives it back, as many times as it is told.
#include <cstdlib>

#include "tools/bench/ours.h"

int main(int, char** argv) {
  ksem_bench::Cpp semaphore(1);
  for (long pairs = std::atol(argv[1]); pairs > 0; --pairs) {
    semaphore.acquire();
    semaphore.release();
  }
}

// SPDX-License-Identifier: MIT
// Several of these, and shells and kernel modules with them, do one thing at a
// time each for as many at once as the semaphore has units.
//
//   worker NAME [ROUNDS]
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <thread>

#include "ksem/semaphore.h"
#include "ksem/units.h"

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "Usage: worker NAME [ROUNDS]\n";
    return 2;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;

  try {
    auto jobs = ksem::Semaphore::open_or_create(argv[1], 1, 1);
    for (int round = 1; round <= rounds; round++) {
      const ksem::Units unit(jobs);  // blocks until it is our turn
      std::cout << "worker " << getpid() << ": round " << round << ", "
                << jobs.waiters() << " waiting" << std::endl;
      std::this_thread::sleep_for(50ms);
    }  // given back
  } catch (const std::system_error& error) {
    std::cerr << "worker: " << error.what() << "\n";
    return 1;
  }
}

// SPDX-License-Identifier: MIT
#include "tests/harden/race/shaker.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ksem_test {
namespace {

void SetPolicy(int policy, int priority) {
  const sched_param param = {.sched_priority = priority};
  sched_setscheduler(0, policy, &param);
}

void SetCpus(unsigned set) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (int cpu = 0; cpu < 32; cpu++)
    if (set >> cpu & 1) CPU_SET(cpu, &cpus);
  // Fails, and changes nothing, if there are none of them.
  sched_setaffinity(0, sizeof(cpus), &cpus);
}

}  // namespace

void Shake(std::mt19937_64* random) {
  const unsigned number = (*random)() % 1024;
  switch ((*random)() % 32) {
    case 0:
    case 1:
      sched_yield();
      break;
    case 2:
      usleep(number / 4);
      break;
    case 3:
      SetPolicy(SCHED_FIFO, 1 + static_cast<int>(number) % 10);
      break;
    case 4:
    case 5:
      SetPolicy(SCHED_OTHER, 0);
      break;
    case 6:
      setpriority(PRIO_PROCESS, gettid(), static_cast<int>(number) % 40 - 20);
      break;
    case 7:
      SetCpus(1u << number % 4);
      break;
    case 8:
      SetCpus(~0u);
      break;
  }
}

}  // namespace ksem_test

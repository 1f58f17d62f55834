// SPDX-License-Identifier: MIT
// How long sem_wait and sem_post take together if nobody else is there, in ns.
// Knows nothing of ksem; in a machine whose time counts instructions
// (tools/vm.sh
// --icount) it says how many they are.
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define NAME "/ksem-bench-pair"
#define PAIRS 1000000
#define RUNS 9

static double Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

int main(void) {
  double best = 1e18;
  sem_t* sem = sem_open(NAME, O_CREAT | O_EXCL, 0600, 1);
  if (sem == SEM_FAILED) {
    perror(NAME);
    return 1;
  }
  sem_unlink(NAME);
  for (int run = 0; run < RUNS; run++) {
    const double start = Now();
    for (int i = 0; i < PAIRS; i++) {
      sem_wait(sem);
      sem_post(sem);
    }
    const double pair = (Now() - start) / PAIRS;
    if (pair < best) best = pair;
  }
  printf("%.1f\n", best);
  return 0;
}

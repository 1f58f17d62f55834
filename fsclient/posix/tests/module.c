// SPDX-License-Identifier: MIT
// A module that uses semaphores, for programs that load it.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/sem.h>

sem_t* open_semaphore(const char* name) {
  if (semget(0xdee9, 1, IPC_CREAT | 0600) < 0) return SEM_FAILED;
  return sem_open(name, O_CREAT, 0600, 1);
}

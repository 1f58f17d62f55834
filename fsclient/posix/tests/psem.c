// SPDX-License-Identifier: MIT
// A program that uses a named semaphore, by POSIX alone:
//
//   psem /NAME VERB...
//
// does what the verbs say, in their order, in one process. What fails is said,
// and ends it.
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char* name;
static sem_t* sem;

static int Create(const char* mode) {
  umask(0);
  sem = sem_open(name, O_CREAT | O_EXCL, strtoul(mode, NULL, 8), 1);
  return sem == SEM_FAILED;
}

static int Open(void) {
  sem = sem_open(name, 0);
  return sem == SEM_FAILED;
}

static int Unlink(void) { return sem_unlink(name); }
static int Close(void) { return sem_close(sem); }
static int Wait(void) { return sem_wait(sem); }
static int Try(void) { return sem_trywait(sem); }
static int Post(void) { return sem_post(sem); }

static int Timed(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += 1;
  return sem_timedwait(sem, &time);
}

static int Value(void) {
  int value;
  if (sem_getvalue(sem, &value)) return -1;
  printf("%d\n", value);
  return 0;
}

// A million times, with nobody else there.
static int Pairs(void) {
  for (int i = 0; i < 1000000; i++) {
    if (sem_wait(sem) || sem_post(sem)) return -1;
  }
  return 0;
}

// As daemons do.
static int CloseAll(void) {
  for (int fd = 3; fd < 1024; fd++) close(fd);
  return 0;
}

// A descriptor of the program's own, where another one may have been.
static int OpenNull(void) { return open("/dev/null", O_RDWR) < 0; }
static int WriteNull(void) { return write(3, "1", 1) != 1; }

static int Pause(void) { return raise(SIGSTOP); }

static const struct {
  const char* word;
  int (*function)(void);
} verbs[] = {
    {"open", Open},           {"close", Close},       {"unlink", Unlink},
    {"wait", Wait},           {"try", Try},           {"timed", Timed},
    {"post", Post},           {"value", Value},       {"pairs", Pairs},
    {"closeall", CloseAll},   {"opennull", OpenNull}, {"pause", Pause},
    {"writenull", WriteNull},
};

static int Do(const char* word) {
  // "create" or "create=MODE"; 1 unit.
  if (strncmp(word, "create", 6) == 0) {
    return Create(word[6] == '=' ? word + 7 : "600");
  }
  for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
    if (strcmp(verbs[i].word, word) == 0) return verbs[i].function();
  }
  errno = ENOTSUP;
  return -1;
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  name = argc > 1 ? argv[1] : "";
  for (int i = 2; i < argc; i++) {
    if (Do(argv[i])) {
      fprintf(stderr, "psem: %s: %s\n", argv[i], strerror(errno));
      return 1;
    }
  }
  return 0;
}

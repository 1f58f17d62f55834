// SPDX-License-Identifier: MIT
// A program that uses a named semaphore, by POSIX alone:
//
//   psem /NAME VERB...
//
// does what the verbs say, in their order, in one process. What fails is said,
// and ends it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fsclient/preload/tests/foreign.h"

static const char* name;
static sem_t* sem;
static int set;

static int Create(const char* mode) {
  umask(0);
  sem = sem_open(name, O_CREAT | O_EXCL, strtoul(mode, NULL, 8), 1);
  return sem == SEM_FAILED;
}

static int Open(void) {
  sem = sem_open(name, 0);
  return sem == SEM_FAILED;
}

// As interpreters do that call C.
static int OpenByLibc(void) {
  void* libc = dlopen("libc.so.6", RTLD_NOW);
  sem_t* (*open)(const char*, int, ...) = dlsym(libc, "sem_open");
  sem = open(name, O_CREAT, 0600, 1u);
  return sem == SEM_FAILED;
}

// A module with an open() of its own: see module.c.
static int OpenBy(void* module) {
  if (module == NULL) fprintf(stderr, "psem: %s\n", dlerror());
  sem_t* (*open)(const char*) = dlsym(module, "open_semaphore");
  sem = open(name);
  return sem == SEM_FAILED;
}

static int OpenByModule(const char* file) {
  return OpenBy(dlopen(file, RTLD_NOW | RTLD_DEEPBIND));
}

// A module that has a C library of its own.
static int OpenApart(const char* file) {
  return OpenBy(dlmopen(LM_ID_NEWLM, file, RTLD_NOW));
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

static int ClearEnv(void) { return clearenv(); }

// As daemons do.
static int CloseAll(void) {
  for (int fd = 3; fd < 1024; fd++) close(fd);
  return 0;
}

static int CloseFrom(void) {
  closefrom(3);
  return 0;
}

// Lets nothing through that a program needs which waits for a futex.
static int FilterAll(void) {
#define ALLOW(number)                                \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_futex),
      ALLOW(SYS_read),
      ALLOW(SYS_write),
      ALLOW(SYS_exit_group),
      ALLOW(SYS_clock_gettime),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// A set of System V, with 5 units.
static int MakeSet(void) {
  union {
    int value;
  } five = {5};
  set = semget(0xbeef, 1, IPC_CREAT | 0600);
  return set < 0 ? -1 : semctl(set, 0, SETVAL, five);
}

static int SetValue(void) {
  const int value = semctl(set, 0, GETVAL);
  printf("%d\n", value);
  return value < 0;
}

// A descriptor of the program's own, where another one may have been.
static int OpenNull(void) { return open("/dev/null", O_RDWR) < 0; }
static int WriteNull(void) { return write(3, "1", 1) != 1; }

// Standard error is a pipe that nobody reads.
static int BreakPipe(void) {
  int ends[2];
  return pipe(ends) || dup2(ends[1], 2) < 0 || close(ends[0]) || close(ends[1]);
}

// A file of the program's own is where standard error was.
static int OpenAs2(const char* path) {
  close(2);
  return open(path, O_RDWR | O_CREAT, 0600) != 2;
}

static int Refused(void) { return !Create("600"); }

static int Pause(void) { return raise(SIGSTOP); }

static const struct {
  const char* word;
  int (*function)(void);
} verbs[] = {
    {"open", Open},
    {"close", Close},
    {"unlink", Unlink},
    {"wait", Wait},
    {"try", Try},
    {"timed", Timed},
    {"post", Post},
    {"value", Value},
    {"pairs", Pairs},
    {"closeall", CloseAll},
    {"opennull", OpenNull},
    {"pause", Pause},
    {"writenull", WriteNull},
    {"closefrom", CloseFrom},
    {"filter", FilterAll},
    {"makeset", MakeSet},
    {"setvalue", SetValue},
    {"libc", OpenByLibc},
    {"clearenv", ClearEnv},
    {"breakpipe", BreakPipe},
    {"refused", Refused},
};

static int Do(const char* word) {
  // "create" or "create=MODE"; 1 unit.
  if (strncmp(word, "create", 6) == 0) {
    return Create(word[6] == '=' ? word + 7 : "600");
  }
  if (strncmp(word, "over=", 5) == 0) return PutOver(word + 5);
  if (strncmp(word, "answer=", 7) == 0) return Answer(word + 7);
  if (strncmp(word, "refuse=", 7) == 0) return Refuse(word + 7);
  if (strncmp(word, "openas2=", 8) == 0) return OpenAs2(word + 8);
  if (strcmp(word, "closepast") == 0) return ClosePast("");
  if (strncmp(word, "module=", 7) == 0) return OpenByModule(word + 7);
  if (strncmp(word, "apart=", 6) == 0) return OpenApart(word + 6);
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

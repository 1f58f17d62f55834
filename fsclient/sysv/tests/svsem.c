// SPDX-License-Identifier: MIT
// A program that uses a set of System V semaphores, by their functions alone:
//
//   svsem KEY|id=ID VERB...
//
// does what the verbs say, in their order, in one process. What fails is said,
// and ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

#include "fsclient/preload/tests/foreign.h"

static key_t key;
static int id = -1;

// "create=MEMBERS:MODE", each of which may be left out.
static int Create(const char* argument) {
  char* end;
  int members = strtol(argument, &end, 10);
  int mode = *end == ':' ? strtol(end + 1, NULL, 8) : 0600;
  id = semget(key, members ? members : 1, IPC_CREAT | IPC_EXCL | mode);
  return id < 0;
}

static int Open(const char* argument) {
  id = semget(key, atoi(argument), 0);
  return id < 0;
}

static int Operate(int units, int flags) {
  struct sembuf operation = {0, units, flags};
  return semop(id, &operation, 1);
}

// Units, 1 if none are said.
static int Units(const char* argument) {
  return *argument ? atoi(argument) : 1;
}

static int Take(const char* argument) { return Operate(-Units(argument), 0); }
static int Give(const char* argument) { return Operate(Units(argument), 0); }
static int Zero(const char* argument) { return *argument || Operate(0, 0); }
static int Try(const char* argument) {
  return Operate(-Units(argument), IPC_NOWAIT);
}
static int Hold(const char* argument) {
  return Operate(-Units(argument), SEM_UNDO);
}
static int Lend(const char* argument) {
  return Operate(Units(argument), SEM_UNDO);
}

static int Set(const char* argument) {
  return semctl(id, 0, SETVAL, atoi(argument));
}

static int Print(int number) {
  if (number < 0) return -1;
  printf("%d\n", number);
  return 0;
}

static int Value(const char* argument) {
  return Print(semctl(id, atoi(argument), GETVAL));
}

static int Pid(const char* argument) {
  return Print(semctl(id, atoi(argument), GETPID));
}

static int All(const char* argument) {
  unsigned short values[1] = {0};
  if (*argument || semctl(id, 0, GETALL, values)) return -1;
  return Print(values[0]);
}

static int Otime(const char* argument) {
  struct semid_ds status;
  if (*argument || semctl(id, 0, IPC_STAT, &status)) return -1;
  return Print(status.sem_otime);
}

static int Id(const char* argument) { return *argument || Print(id); }

static int Key(const char* argument) {
  struct semid_ds status;
  if (*argument || semctl(id, 0, IPC_STAT, &status)) return -1;
  printf("%x\n", status.sem_perm.__key);
  return 0;
}

static int Mode(const char* argument) {
  struct semid_ds status;
  if (semctl(id, 0, IPC_STAT, &status)) return -1;
  status.sem_perm.mode = strtol(argument, NULL, 8);
  return semctl(id, 0, IPC_SET, &status);
}

static int Remove(const char* argument) {
  return *argument || semctl(id, 0, IPC_RMID);
}

// As daemons do.
static int CloseAll(const char* argument) {
  for (int fd = 3; fd < 1024; fd++) close(fd);
  return *argument != 0;
}

// Descriptors of the program's own, where others may have been.
static int OpenFile(const char* argument) {
  for (int i = 0; i < 8; i++) {
    if (open(argument, O_RDWR) < 0) return -1;
  }
  return 0;
}

// Leaves no descriptor.
static int Fill(const char* argument) {
  while (open("/dev/null", O_RDWR) >= 0) continue;
  return *argument || errno != EMFILE;
}

static int ClearEnv(const char* argument) { return *argument || clearenv(); }

static int Pause(const char* argument) { return *argument || raise(SIGSTOP); }

static int Exec(const char* argument) {
  return execlp(argument, argument, "1000", NULL);
}

static const struct {
  const char* word;
  int (*function)(const char* argument);
} verbs[] = {
    {"create", Create},     {"open", Open},         {"remove", Remove},
    {"take", Take},         {"give", Give},         {"zero", Zero},
    {"try", Try},           {"hold", Hold},         {"lend", Lend},
    {"set", Set},           {"value", Value},       {"id", Id},
    {"key", Key},           {"closeall", CloseAll}, {"openfile", OpenFile},
    {"pause", Pause},       {"exec", Exec},         {"pid", Pid},
    {"all", All},           {"otime", Otime},       {"fill", Fill},
    {"clearenv", ClearEnv}, {"mode", Mode},         {"over", PutOver},
    {"answer", Answer},     {"refuse", Refuse},     {"closepast", ClosePast},
};

// VERB or VERB=ARGUMENT.
static int Do(const char* word) {
  size_t length = strcspn(word, "=");
  const char* argument = word[length] ? word + length + 1 : "";
  for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
    if (strlen(verbs[i].word) == length &&
        strncmp(verbs[i].word, word, length) == 0) {
      return verbs[i].function(argument);
    }
  }
  errno = ENOTSUP;
  return -1;
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc > 1 && strncmp(argv[1], "id=", 3) == 0) {
    id = atoi(argv[1] + 3);
  } else if (argc > 1) {
    key = strtoul(argv[1], NULL, 16);
  }
  for (int i = 2; i < argc; i++) {
    if (Do(argv[i])) {
      fprintf(stderr, "svsem: %s: %s\n", argv[i], strerror(errno));
      return 1;
    }
  }
  return 0;
}

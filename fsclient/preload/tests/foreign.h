// SPDX-License-Identifier: MIT
// What the programs of the tests do behind a preloaded library's back: close
// its descriptors, have files of their own at those numbers, and have a seccomp
// filter refuse system calls.
#ifndef KSEM_PRELOAD_TESTS_FOREIGN_H_
#define KSEM_PRELOAD_TESTS_FOREIGN_H_

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kEnd = 1024 };

// The last number that PutOver() has taken over.
static int foreign = -1;

// A system call that no library sees.
static long PastTheLibrary(long number, long a, long b, long c) {
#ifdef __x86_64__
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return number;
#else
  return syscall(number, a, b, c);
#endif
}

// Closes all numbers from 3 on.
static int ClosePast(const char* argument) {
  return *argument || PastTheLibrary(SYS_close_range, 3, kEnd - 1, 0);
}

// Puts a file at all numbers from 3 on that are in use.
static int PutOver(const char* path) {
  const int fd = open(path, O_RDWR);
  if (fd < 0) return -1;
  for (int number = 3; number < kEnd; number++) {
    char link[40];
    struct stat status;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", number);
    if (number == fd || lstat(link, &status)) continue;
    PastTheLibrary(SYS_dup3, fd, number, 0);
    foreign = number;
  }
  return 0;
}

// From now on a system call has this result, 0 or an errno; with a descriptor
// of 0 or more, only for that one.
static int Filter(int number, int fd, int error) {
#define KSEM_LOAD(member) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define KSEM_UNLESS(number, skip) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skip)
  struct sock_filter filter[] = {
      KSEM_LOAD(nr),
      KSEM_UNLESS(number, 3),
      KSEM_LOAD(args[0]),
      KSEM_UNLESS(fd, fd < 0 ? 0 : 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// What is at that number now answers all requests so, as a device may.
static int Answer(const char* error) {
  return Filter(SYS_ioctl, foreign, atoi(error));
}

// "ioctl=ERRNO" or "statx=ERRNO".
static int Refuse(const char* argument) {
  const int number = *argument == 'i' ? SYS_ioctl : SYS_statx;
  return Filter(number, -1, atoi(strchr(argument, '=') + 1));
}

#endif  // KSEM_PRELOAD_TESTS_FOREIGN_H_

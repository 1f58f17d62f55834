// SPDX-License-Identifier: MIT
// A 32-bit program that makes each request once, without any library, as a
// 32-bit one may not be there. Usage: compat32 DEVICE, whose semaphore has 3
// units. Exit status: 0, or the line of what went wrong.
#include <asm/unistd_32.h>
#include <linux/fcntl.h>

#include "kernel/include/uapi/linux/ksem.h"

namespace {

static_assert(sizeof(void*) == 4);

long Call(long number, unsigned long a = 0, unsigned long b = 0,
          unsigned long c = 0) {
  long result;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(a), "c"(b), "d"(c)
               : "memory");
  return result;
}

unsigned long Address(const void* at) {
  return reinterpret_cast<unsigned long>(at);
}

void Check(bool good, int line = __builtin_LINE()) {
  if (!good) Call(__NR_exit, line);
}

void Run(const char* device) {
  const int fd = Call(__NR_open, Address(device), O_RDWR);
  Check(fd >= 0);
  const auto request = [fd](unsigned long command, void* argument) {
    return Call(__NR_ioctl, fd, command, Address(argument));
  };
  ksem_ioc_info info = {};
  Check(request(KSEM_IOC_INFO, &info) == 0);
  Check(info.value == 3 && info.waiters == 0 && info.undo == 0 &&
        info.page_version == KSEM_PAGE_VERSION);
  ksem_ioc_wait wait = {};
  wait.units = 2;
  wait.flags = KSEM_WAIT_UNDO;
  Check(request(KSEM_IOC_WAIT, &wait) == 0);
  Check(wait.taken == 2);
  wait.flags = KSEM_WAIT_TIMEOUT;
  wait.timeout = 1'000'000;
  wait.clock = 1;                                // CLOCK_MONOTONIC
  Check(request(KSEM_IOC_WAIT, &wait) == -110);  // ETIMEDOUT
  ksem_ioc_post post = {};
  post.units = 4;
  post.flags = KSEM_POST_UNDO;
  Check(request(KSEM_IOC_POST, &post) == 0);
  ksem_ioc_op ops[2] = {};
  ops[0].fd = ops[1].fd = fd;
  ops[0].units = 9;
  ops[1].units = 3;
  ksem_ioc_multi multi = {};
  multi.ops = Address(&ops[1]);
  multi.nr = 1;
  multi.op_size = sizeof(ksem_ioc_op);
  Check(request(KSEM_IOC_ANY, &multi) == 0);
  Check(multi.taken == 3);
  multi.ops = Address(ops);
  multi.nr = 2;
  ops[0].op = KSEM_OP_POST;
  Check(request(KSEM_IOC_ALL, &multi) == 0);
  Check(Call(__NR_ioctl, fd, KSEM_IOC_TAKE, 8) == 0);
  Check(Call(__NR_ioctl, fd, KSEM_IOC_GIVE, 7) == 0);
  Check(request(KSEM_IOC_INFO, &info) == 0);
  Check(info.value == 7 && info.undo == 0);
}

}  // namespace

// The stack has the number of arguments and their addresses.
extern "C" [[gnu::used]] void Start(long* stack) {
  Run(reinterpret_cast<const char*>(stack[2]));
  Call(__NR_exit);
}

asm(".globl _start\n"
    "_start:\n"
    "  mov %esp, %eax\n"
    "  and $-16, %esp\n"
    "  sub $12, %esp\n"
    "  push %eax\n"
    "  call Start\n");

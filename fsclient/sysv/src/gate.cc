// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/gate.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ksem_sysv {
namespace {

constexpr unsigned kRemoved = 2;
constexpr unsigned kRemoving = 1;

}  // namespace

void PassGate(Operations* operations, int gate) {
  operations->Add(gate, KSEM_OP_ZERO, 0, KSEM_OP_NOWAIT);
}

bool StoppedAtGate(const Operations& operations) {
  return errno == EAGAIN && operations.failed() == 0;
}

bool IsOpen(int gate) {
  ksem_ioc_info info = {};
  return ioctl(gate, KSEM_IOC_INFO, &info) == 0 && info.value == 0;
}

bool BeginMaking(int gate) {
  return syscall(SYS_flock, gate, LOCK_EX | LOCK_NB) == 0;
}

bool BeginRemoving(int gate) {
  Operations operations;
  PassGate(&operations, gate);
  return operations.Add(gate, KSEM_OP_POST, kRemoved)
      .Add(gate, KSEM_OP_POST, kRemoving, KSEM_OP_ADJUST)
      .Do();
}

bool TakeOverRemoving(int gate) {
  Operations operations;
  operations.Add(gate, KSEM_OP_WAIT, kRemoved, KSEM_OP_NOWAIT);
  PassGate(&operations, gate);
  return operations.Add(gate, KSEM_OP_POST, kRemoved)
      .Add(gate, KSEM_OP_POST, kRemoving, KSEM_OP_ADJUST)
      .Do();
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/gate.h"

#include <errno.h>
#include <sys/ioctl.h>

namespace ksem_sysv {
namespace {

constexpr unsigned kWorking = 1;
constexpr unsigned kRemoved = 2;

}  // namespace

void PassGate(Operations* operations, int gate) {
  operations->Add(gate, KSEM_OP_ZERO, 0, KSEM_OP_NOWAIT);
}

bool StoppedAtGate(const Operations& operations) {
  return errno == EAGAIN && operations.failed() == 0;
}

GateState StateOfGate(int gate) {
  ksem_ioc_info info = {};
  if (ioctl(gate, KSEM_IOC_INFO, &info) != 0 || info.value >= kRemoved) {
    return GateState::kRemoved;
  }
  return info.value == 0 ? GateState::kOpen : GateState::kMaking;
}

bool BeginMaking(int gate) {
  Operations operations;
  PassGate(&operations, gate);
  return operations.Add(gate, KSEM_OP_POST, kWorking, KSEM_OP_ADJUST).Do();
}

void EndMaking(int gate) {
  Operations operations;
  operations.Add(gate, KSEM_OP_WAIT, kWorking, KSEM_OP_ADJUST).Do();
}

bool BeginRemoving(int gate) {
  Operations operations;
  PassGate(&operations, gate);
  return operations.Add(gate, KSEM_OP_POST, kRemoved)
      .Add(gate, KSEM_OP_POST, kWorking, KSEM_OP_ADJUST)
      .Do();
}

bool TakeOverRemoving(int gate) {
  Operations operations;
  operations.Add(gate, KSEM_OP_WAIT, kRemoved, KSEM_OP_NOWAIT);
  PassGate(&operations, gate);
  return operations.Add(gate, KSEM_OP_POST, kRemoved)
      .Add(gate, KSEM_OP_POST, kWorking, KSEM_OP_ADJUST)
      .Do();
}

}  // namespace ksem_sysv

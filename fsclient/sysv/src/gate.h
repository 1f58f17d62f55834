// SPDX-License-Identifier: MIT
// A set has a semaphore of its own besides its members', which is its gate: as
// long as nobody has put a unit there, the set may be used. All that is done to
// members finds the gate at 0 in the same step, so whoever is blocked at the
// members learns at once that the set is removed.
//
// At the gate there can be
//   1 unit   of who makes the set; the kernel takes it away if that process
//            dies
//   2 units  of who removes the set, and a third one that the kernel takes away
//            if that process dies. The others stay: there is no way back, and
//            another one brings it to its end.
//
// So each name is made and removed by one process at a time, and nobody who is
// killed leaves it locked.
#ifndef KSEM_SYSV_SRC_GATE_H_
#define KSEM_SYSV_SRC_GATE_H_

#include "fsclient/sysv/src/operations.h"

namespace ksem_sysv {

// The first operation of all that is done to members.
void PassGate(Operations* operations, int gate);

// After operations that began with it have failed: was it the gate?
bool StoppedAtGate(const Operations& operations);

enum class GateState {
  kOpen,
  kMaking,
  kRemoved,
};
GateState StateOfGate(int gate);

// To be the one who makes the set. None of these blocks; false with EAGAIN if
// the gate isn't in the state for it. Until the handle is closed, or this is
// taken back.
bool BeginMaking(int gate);
void EndMaking(int gate);

// To be the one who removes it; also if one who was to has died.
bool BeginRemoving(int gate);
bool TakeOverRemoving(int gate);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_GATE_H_

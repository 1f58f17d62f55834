// SPDX-License-Identifier: MIT
// A set has a semaphore of its own besides its members', which is its gate: as
// long as nobody has put a unit there, the set may be used. All that is done to
// members finds the gate at 0 in the same step, so whoever is blocked at the
// members learns at once that the set is removed.
//
// Who removes the set puts 2 units there, and a third one that the kernel takes
// away if that process dies. The others stay: there is no way back, and another
// one brings it to its end. Who makes the set has a lock of the gate's file,
// which ends with that process, too. So each name is made and removed by one
// process at a time, and nobody who is killed leaves it locked.
#ifndef KSEM_SYSV_SRC_GATE_H_
#define KSEM_SYSV_SRC_GATE_H_

#include "fsclient/sysv/src/operations.h"

namespace ksem_sysv {

// The first operation of all that is done to members.
void PassGate(Operations* operations, int gate);

// After operations that began with it have failed: was it the gate?
bool StoppedAtGate(const Operations& operations);

bool IsOpen(int gate);

// To be the one who makes the set, until the handle is closed; to be the one
// who removes it; and the same if one who was to has died. None of these
// blocks; false with EAGAIN if somebody else is at it.
bool BeginMaking(int gate);
bool BeginRemoving(int gate);
bool TakeOverRemoving(int gate);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_GATE_H_

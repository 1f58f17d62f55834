// SPDX-License-Identifier: MIT
// A set has a semaphore of its own besides its members', which is its gate: the
// head of a group, by whose handle alone the members are used. The set is there
// from when the group is complete until the gate is shut down; what the kernel
// keeps of it is all there is.
#ifndef KSEM_SYSV_SRC_GATE_H_
#define KSEM_SYSV_SRC_GATE_H_

#include "fsclient/preload/src/device.h"
#include "fsclient/sysv/src/name.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

// What /dev/ksem/.control tells of the first set from this id on; with `count`,
// of how many there are, too. Under the lock. An id is the minor number of the
// gate, which the kernel hands out in a circle: it is known to all processes,
// and not used again soon. False with errno set: ENOENT if there is none.
bool FindSet(int id, ksem_ioc_find* found, bool count = false);
// That set alone. False with errno set: EINVAL if there is none.
bool FindSetOf(int id, ksem_ioc_find* found);
// The one that has this name now. EINVAL or ENOENT if there is none.
bool FindSetOf(const Name& name, ksem_ioc_find* found);

// A request with the address of its structure. False with errno set.
bool Ask(int handle, unsigned long request, void* structure);

// Opens the gate with the rights that the caller has: all, or only some. False
// with errno set.
struct GateHandle {
  int fd;
  bool readable;
  bool writable;
};
bool OpenGate(const Name& set, GateHandle* gate);

// No other process makes the set, or clears it away, until the handle is
// closed. False with EAGAIN if somebody else is at it.
bool LockGate(int handle);

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_GATE_H_

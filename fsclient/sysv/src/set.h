// SPDX-License-Identifier: MIT
// The sets that this process has used. Those that it knows already are found
// without a lock, by signal handlers, too; a child opens its own handles: what
// is to be undone when a process ends goes by handles.
#ifndef KSEM_SYSV_SRC_SET_H_
#define KSEM_SYSV_SRC_SET_H_

#include <sys/types.h>

#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/name.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

struct Set;

// The use of a set, by one thread. Nothing of it is closed meanwhile.
class Use {
 public:
  explicit Use(int id);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  // False with errno set: EINVAL if there is no such set.
  explicit operator bool() const { return set_ != nullptr; }

  int id() const;
  const Name& name() const;
  unsigned size() const;
  // SEMOPM, as it was when this process first used the set.
  unsigned max_operations() const;
  key_t key() const;
  // Of the gate.
  __u64 identity() const;

  // Makes a request to the gate, which has to be the one that it names; again
  // if the program has closed the handle. False with errno set. KSEM_IOC_SEMOP
  // is the one system call that it makes; before others, it looks whether the
  // number still is that of the gate.
  template <typename Structure>
  bool Ask(unsigned long request, Structure* structure) const {
    structure->id = identity();
    int gate;
    do {
      gate = Gate();
      if (gate < 0) return false;
      if ((request == KSEM_IOC_SEMOP || IsGate(gate)) &&
          ksem_preload::SystemIoctl(gate, request, structure)) [[likely]] {
        return true;
      }
    } while (Restore(gate));
    return false;
  }

  // A handle of this process, opened if need be; -1 with errno set.
  int Gate() const;

  // The set is removed: the id isn't found here from now on.
  void Forget() const;

 private:
  // False with EBADF if it isn't.
  bool IsGate(int number) const;
  // What an answer of the gate's means for later calls.
  void Heed(int error) const;
  // After a request to this handle failed, maybe because it is another file's
  // by now: whether it may be made again, with another one. Keeps errno.
  bool Restore(int used) const;

  Set* const set_;
};

// Undoes what this process has done, and goes on with new accounts: if it has
// only one thread, as accounts are a process's.
void LeaveAccounts();

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_SET_H_

// SPDX-License-Identifier: MIT
// The sets that this process has used. Those that it knows already are found
// without a lock, by signal handlers, too; handles are opened when they are
// first needed, and a child opens its own: what is to be undone when a process
// ends goes by handles.
#ifndef KSEM_SYSV_SRC_SET_H_
#define KSEM_SYSV_SRC_SET_H_

#include "fsclient/preload/src/device.h"
#include "fsclient/sysv/src/name.h"
#include "fsclient/sysv/src/notes.h"

namespace ksem_sysv {

struct Set;

// The use of a set, by one thread. Nothing of it is closed meanwhile.
class Use {
 public:
  explicit Use(int id);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  // False if there is no such set: EINVAL in errno.
  explicit operator bool() const { return set_ != nullptr; }

  const Name& name() const;
  unsigned size() const;
  const ksem_preload::Identity& identity() const;

  // Whether the caller may; else EACCES is in errno.
  bool MayRead() const;
  bool MayAlter() const;

  // Opened if need be. null with errno set.
  const Notes* OpenNotes() const;
  // Handles of this process; -1 with errno set.
  int Gate() const;
  int Member(unsigned member) const;

  // After a request failed: whether it may be made again, with other handles,
  // as the program has closed those it was made with. Keeps errno.
  bool Restore() const;

  // The set is removed: who asks for the id from now on doesn't find it here.
  void Forget() const;

 private:
  Set* const set_;
};

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_SET_H_

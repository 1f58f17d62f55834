// SPDX-License-Identifier: MIT
// The notes of a set: what ksem doesn't keep of it. A file of /dev/shm for each
// set, whose owner, group and mode are the set's: who may read it may ask for
// what is in it, and who may write to it may alter the set.
//
// They are read and written, not mapped: whoever may write can make the file
// shorter, and nobody else is to crash by that. What they say is believed only
// where it does no harm: it is told to those who ask.
#ifndef KSEM_SYSV_SRC_NOTES_H_
#define KSEM_SYSV_SRC_NOTES_H_

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "fsclient/preload/src/device.h"
#include "fsclient/sysv/src/door.h"
#include "fsclient/sysv/src/name.h"

namespace ksem_sysv {

// The beginning of the file. A set is there as soon as this has been written.
struct NotesHead {
  // Of which gate, lest those of a set that is gone be taken for a new one's.
  uint64_t gate_device;
  uint64_t gate_filesystem;
  uint64_t gate_inode;
  int64_t change_time;
  int32_t key;
  uint32_t creator;
  uint32_t creator_group;
  uint32_t reserved;

  bool IsOf(const ksem_preload::Identity& gate) const;
};

// Behind it, one for each member.
struct NotesLine {
  int64_t operation_time;
  int32_t process;
  uint32_t reserved;

  // Of an operation of this process.
  static NotesLine Now();
};

class Notes {
 public:
  // Makes those of a set; there may be old ones of that name. False with errno
  // set.
  static bool Make(const Name& set, const ksem_preload::Identity& gate,
                   key_t key, unsigned members, mode_t mode);
  static void Remove(const Name& set);
  // Whether they would let the caller in, by R_OK and W_OK.
  static bool MayAccess(const Name& set, int access);

  // False with errno set. Those that may neither be read nor written can be
  // opened, too.
  bool Open(const Name& set);
  // Those that were open before. EIDRM if they are not there any more.
  bool OpenAgain(const Name& set);

  Door& door() { return door_; }
  const Door& door() const { return door_; }
  bool readable() const { return readable_; }
  bool writable() const { return writable_; }

  // Whether they are those of the set with this gate; if they can't be read,
  // that is believed.
  bool AreOf(const ksem_preload::Identity& gate) const;
  // How many they are for.
  unsigned Members() const;

  // False with errno set: EIDRM if they have been removed.
  bool Status(struct statx* status) const;
  bool Read(NotesHead* head) const;
  bool Read(unsigned member, NotesLine* line) const;

  // What can't be written isn't: the operation itself is done.
  void Changed() const;
  void Operated(unsigned member, const NotesLine& by) const;

  // False with errno set.
  bool SetAccess(uid_t owner, gid_t group, mode_t mode) const;

 private:
  Door door_;
  int flags_ = 0;
  bool readable_ = false;
  bool writable_ = false;
};

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_NOTES_H_

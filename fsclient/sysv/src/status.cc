// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/status.h"

#include <errno.h>
#include <sys/stat.h>

#include <algorithm>

#include "fsclient/preload/src/lock.h"
#include "fsclient/sysv/src/life.h"
#include "fsclient/sysv/src/notes.h"

namespace ksem_sysv {

using ksem_preload::Locked;

int GetStatus(const Use& set, semid_ds* status) {
  if (!set.MayRead()) return -1;
  const Notes* notes = set.OpenNotes();
  struct statx file;
  NotesHead head;
  if (notes == nullptr || !notes->Status(&file) || !notes->Read(&head)) {
    return -1;
  }
  *status = {};
  status->sem_perm.__key = head.key;
  status->sem_perm.uid = file.stx_uid;
  status->sem_perm.gid = file.stx_gid;
  status->sem_perm.cuid = head.creator;
  status->sem_perm.cgid = head.creator_group;
  status->sem_perm.mode = file.stx_mode & ACCESSPERMS;
  status->sem_ctime = head.change_time;
  status->sem_nsems = set.size();
  for (unsigned i = 0; i < set.size(); ++i) {
    NotesLine line;
    if (!notes->Read(i, &line)) return -1;
    status->sem_otime =
        std::max<time_t>(status->sem_otime, line.operation_time);
  }
  return 0;
}

int SetStatus(const Use& set, const semid_ds* status) {
  const Notes* notes = set.OpenNotes();
  struct statx file;
  if (notes == nullptr || !notes->Status(&file)) return -1;
  const ipc_perm& wanted = status->sem_perm;
  const mode_t mode = wanted.mode & ACCESSPERMS;
  if (!SetAccess(set.name(), set.size(), wanted.uid, wanted.gid, mode) ||
      !notes->SetAccess(wanted.uid, wanted.gid, mode)) {
    return -1;
  }
  notes->Changed();
  return 0;
}

int Remove(const Use& set) {
  const Locked locked;
  if (!RemoveSet(set.name(), set.identity())) return -1;
  set.Forget();
  return 0;
}

}  // namespace ksem_sysv

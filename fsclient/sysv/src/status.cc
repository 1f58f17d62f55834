// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/status.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>

#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/life.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/patience.h"

namespace ksem_sysv {

using ksem_preload::Locked;
using ksem_preload::StatDevice;
using ksem_preload::SystemCopy;

namespace {

// `Told`: what the kernel tells of a group.
template <typename Told>
semid_ds StatusOf(const Told& told, const struct statx& gate) {
  semid_ds status = {};
  status.sem_perm.__key = static_cast<key_t>(told.key);
  status.sem_perm.uid = gate.stx_uid;
  status.sem_perm.gid = gate.stx_gid;
  status.sem_perm.cuid = told.uid;
  status.sem_perm.cgid = told.gid;
  status.sem_perm.mode = gate.stx_mode & ACCESSPERMS;
  status.sem_ctime = std::max<time_t>(gate.stx_ctime.tv_sec, told.set_time);
  status.sem_otime = told.op_time;
  status.sem_nsems = told.members;
  return status;
}

template <typename Structure>
int Give(const Structure& structure, Structure* to) {
  return SystemCopy(to, &structure, sizeof(structure)) ? 0 : -1;
}

}  // namespace

int GetStatus(const Use& set, semid_ds* status) {
  ksem_ioc_group group = {};
  struct statx gate = {};
  if (!set.Ask(KSEM_IOC_GROUP_INFO, &group) || !StatDevice(set.Gate(), &gate)) {
    return -1;
  }
  return Give(StatusOf(group, gate), status);
}

int GetStatusAt(int place, semid_ds* status) {
  const Use set(place);
  if (!set || GetStatus(set, status) < 0) return -1;
  return place;
}

int GetAnyStatusAt(int place, semid_ds* status) {
  ksem_ioc_find found = {};
  struct statx gate = {};
  const Locked locked;
  if (!FindSetOf(place, &found)) return -1;
  // By its name it may be a newer one.
  if (!StatDevice(found.name, &gate) || gate.stx_rdev_minor != found.minor) {
    errno = EINVAL;
    return -1;
  }
  return Give(StatusOf(found, gate), status) < 0 ? -1 : place;
}

int SetStatus(const Use& set, const semid_ds& status) {
  const ipc_perm& access = status.sem_perm;
  return Patiently(EAGAIN, [&] {
    const Locked locked;
    return SetAccess(set, access.uid, access.gid, access.mode & ACCESSPERMS)
               ? 0
               : -1;
  });
}

int Remove(const Use& set) {
  const Locked locked;
  if (!RemoveSet(set)) return -1;
  set.Forget();
  return 0;
}

int GetInfo(seminfo* info, bool used) {
  // What the kernel says of its own, which has no such limits either.
  constexpr int kSize = 20;
  const Limits limits = ReadLimits();
  ksem_ioc_find found = {};
  const Locked locked;
  if (!FindSet(0, &found, true) && errno != ENOENT) return -1;
  seminfo now = {};
  now.semmni = static_cast<int>(limits.sets);
  now.semmns = static_cast<int>(limits.all_members);
  now.semmsl = static_cast<int>(limits.members);
  now.semopm = static_cast<int>(limits.operations);
  now.semvmx = kMaxValue;
  now.semmnu = now.semmns;
  now.semmap = now.semmns;
  now.semume = now.semopm;
  now.semusz = used ? static_cast<int>(found.groups) : kSize;
  now.semaem = used ? static_cast<int>(found.all_members) : kMaxValue;
  return Give(now, info) < 0 ? -1 : static_cast<int>(found.last);
}

}  // namespace ksem_sysv

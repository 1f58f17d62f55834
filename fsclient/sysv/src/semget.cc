// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/life.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/name.h"
#include "fsclient/sysv/src/patience.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

using ksem_preload::DevicePath;
using ksem_preload::Locked;
using ksem_preload::SystemMayAccess;
using ksem_preload::SystemUser;

namespace {

bool LookFor(const Name& name, ksem_ioc_find* found) {
  const Locked locked;
  return FindSetOf(name, found);
}

// By the 9 bits of the flags, whomever they are about.
int AccessAskedFor(int flags) {
  int access = F_OK;
  if (flags & 0444) access |= R_OK;
  if (flags & 0222) access |= W_OK;
  // A device without any of these bits is no program, for root either; a set
  // is.
  if ((flags & 0111) && SystemUser() != 0) access |= X_OK;
  return access;
}

int Take(const Name& name, const ksem_ioc_find& found, unsigned wanted,
         int flags) {
  if ((flags & IPC_CREAT) && (flags & IPC_EXCL)) {
    errno = EEXIST;
  } else if (wanted > found.members) {
    errno = EINVAL;
  } else if (!SystemMayAccess(DevicePath(name.c_str()).c_str(),
                              AccessAskedFor(flags))) {
    // ENOENT: it has been removed meanwhile.
    if (errno != ENOENT) errno = EACCES;
  } else {
    return static_cast<int>(found.minor);
  }
  return -1;
}

// Of what an administrator lets there be. A process that is stopped before
// its set is there isn't counted by others.
bool IsRoom(unsigned members) {
  const Limits limits = ReadLimits();
  ksem_ioc_find found;
  if (!FindSet(0, &found, true) && errno != ENOENT) {
    // There is no ksem.
    return true;
  }
  if (found.groups < limits.sets &&
      __u64{found.all_members} + members <= limits.all_members) {
    return true;
  }
  errno = ENOSPC;
  return false;
}

int Make(const Name& name, key_t key, unsigned members, int flags) {
  if (members == 0) {
    errno = EINVAL;
    return -1;
  }
  const Locked locked;
  if (!IsRoom(members)) return -1;
  return MakeSet(name, key, members, flags & ACCESSPERMS);
}

// -1 with EAGAIN while others make or remove it.
int GetByName(const Name& name, key_t key, unsigned members, int flags) {
  ksem_ioc_find found;
  if (LookFor(name, &found)) {
    const int id = Take(name, found, members, flags);
    if (id >= 0 || errno != ENOENT) return id;
  }
  if (errno != ENOENT && errno != EINVAL) return -1;
  if (flags & IPC_CREAT) return Make(name, key, members, flags);
  errno = ENOENT;
  return -1;
}

int GetByKey(key_t key, unsigned members, int flags) {
  Name name;
  if (!NameSet(key, &name)) return -1;
  return Patiently(EAGAIN,
                   [&] { return GetByName(name, key, members, flags); });
}

int GetPrivate(unsigned members, int flags) {
  Name name;
  int id = -1;
  do {
    if (!NamePrivateSet(&name)) return -1;
    id = Make(name, IPC_PRIVATE, members, flags);
  } while (id < 0 && errno == EAGAIN);
  return id;
}

int Get(key_t key, int members, int flags) {
  if (members < 0 || members > static_cast<int>(ReadLimits().members)) {
    errno = EINVAL;
    return -1;
  }
  const int id = key == IPC_PRIVATE ? GetPrivate(members, flags)
                                    : GetByKey(key, members, flags);
  // Opens the gate now: after a chroot() its path leads nowhere.
  if (id >= 0) const Use opened(id);
  return id;
}

}  // namespace
}  // namespace ksem_sysv

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int semget(key_t key, int members, int flags) {
  return Call([=] { return Get(key, members, flags); },
              [=] { return libc.get(key, members, flags); });
}

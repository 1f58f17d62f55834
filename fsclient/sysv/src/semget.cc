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
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/life.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/name.h"
#include "fsclient/sysv/src/notes.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::HoldOffForks;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::Locked;
using ksem_preload::OpenDevice;

namespace {

// While others make and remove it, and how often to look. Who does so for
// longer has been stopped.
constexpr timespec kPause = {0, 1'000'000};
constexpr int kTries = 5000;

// Who may not look at the gate takes it for open.
bool IsGateOpen(const Name& name) {
  const int gate = OpenDevice(name.c_str(), O_RDONLY);
  if (gate < 0) return errno == EACCES;
  const bool open = IsOpen(gate);
  CloseFile(gate);
  return open;
}

bool LookFor(const Name& name, Identity* gate, unsigned* members) {
  const Locked locked;
  Notes notes;
  if (!Identify(name.c_str(), gate) || !notes.Open(name)) return false;
  const bool are_of_it = notes.AreOf(*gate);
  *members = notes.Members();
  notes.door().Close();
  return are_of_it && IsGateOpen(name);
}

// By the 9 bits of the flags, whomever they are about.
int AccessAskedFor(int flags) {
  int access = F_OK;
  if (flags & 0444) access |= R_OK;
  if (flags & 0222) access |= W_OK;
  return access;
}

int Take(const Name& name, const Identity& gate, unsigned members,
         unsigned wanted, int flags) {
  if ((flags & IPC_CREAT) && (flags & IPC_EXCL)) {
    errno = EEXIST;
  } else if (wanted > members) {
    errno = EINVAL;
  } else if (!Notes::MayAccess(name, AccessAskedFor(flags))) {
    errno = EACCES;
  } else {
    return IdOf(gate);
  }
  return -1;
}

int Make(const Name& name, key_t key, unsigned members, int flags) {
  if (members == 0) {
    errno = EINVAL;
    return -1;
  }
  const Locked locked;
  return HoldOffForks() ? MakeSet(name, key, members, flags & ACCESSPERMS) : -1;
}

int GetByKey(key_t key, unsigned members, int flags) {
  Name name;
  if (!NameSet(key, &name)) return -1;
  for (int tries = 0; tries < kTries; ++tries) {
    Identity gate;
    unsigned there;
    if (LookFor(name, &gate, &there)) {
      return Take(name, gate, there, members, flags);
    }
    if (!(flags & IPC_CREAT)) {
      errno = ENOENT;
      return -1;
    }
    const int id = Make(name, key, members, flags);
    if (id >= 0 || errno != EAGAIN) return id;
    syscall(SYS_nanosleep, &kPause, nullptr);
  }
  errno = EBUSY;
  return -1;
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
  if (members < 0 || members > static_cast<int>(kMaxMembers)) {
    errno = EINVAL;
    return -1;
  }
  return key == IPC_PRIVATE ? GetPrivate(members, flags)
                            : GetByKey(key, members, flags);
}

}  // namespace
}  // namespace ksem_sysv

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int semget(key_t key, int members, int flags) {
  return Call([=] { return Get(key, members, flags); },
              [=] { return libc.get(key, members, flags); });
}

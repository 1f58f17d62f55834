// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstddef>

#include "fsclient/preload/src/beginning.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/patience.h"

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::DirectoryPath;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::IsSemaphore;
using ksem_preload::kPathSize;
using ksem_preload::MakeDirectory;
using ksem_preload::OpenDevice;
using ksem_preload::OpenOwnDevice;
using ksem_preload::ReadBeginning;
using ksem_preload::RemoveDirectory;
using ksem_preload::StatDevice;
using ksem_preload::SystemChmod;
using ksem_preload::SystemChown;
using ksem_preload::SystemExists;
using ksem_preload::SystemGroup;
using ksem_preload::SystemUser;
using ksem_preload::TakeBack;

namespace {

// Closes a descriptor at the end of a block; errno stays.
class Closer {
 public:
  explicit Closer(int fd) : fd_(fd) {}
  ~Closer() { CloseFile(fd_); }
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;

 private:
  const int fd_;
};

// To read a member is to take its units, so a user who may only read the set
// gets nothing there, and one who may alter it gets both. The gate has no
// units, and its mode is the set's.
mode_t ModeOfMember(mode_t mode) {
  const mode_t alter = mode & 0222;
  return alter | alter << 1;
}

bool SetAccessOfDevice(int handle, uid_t owner, gid_t group, mode_t mode) {
  struct statx status = {};
  if (!StatDevice(handle, &status)) return false;
  // Only root may give anything to others, but an owner may say what is so.
  if ((status.stx_uid != owner || status.stx_gid != group) &&
      !SystemChown(handle, owner, group)) {
    return false;
  }
  return SystemChmod(handle, mode);
}

bool SetAccessOfMember(const Name& name, uid_t owner, gid_t group,
                       mode_t mode) {
  const int member = OpenOwnDevice(name.c_str());
  const Closer closer(member);
  return member >= 0 &&
         SetAccessOfDevice(member, owner, group, ModeOfMember(mode));
}

// Is the name still that of what we have opened by it?
bool IsNamed(const Name& name, int handle) {
  Identity opened, named;
  return Identify(handle, &opened) && Identify(name.c_str(), &named) &&
         named == opened;
}

// What was to be undone there is not the new set's concern.
bool Empty(int member) {
  ksem_ioc_op set = {member, KSEM_OP_SET, 0, KSEM_OP_UNDO, 0};
  ksem_ioc_multi step = {};
  step.ops = reinterpret_cast<uintptr_t>(&set);
  step.op_size = sizeof(set);
  step.nr = 1;
  return Ask(member, KSEM_IOC_ALL, &step);
}

// What is there already, as a kernel module has it, becomes a member. If it is
// ours to say, its ceiling is what the values of a set can be, and it tells who
// operates on it.
bool Adopt(int member, mode_t mode) {
  ksem_ioc_info info = {};
  if (!Empty(member) || !Ask(member, KSEM_IOC_INFO, &info)) return false;
  ksem_settings settings = {};
  settings.set = KSEM_SET_RECORD | KSEM_SET_MAX;
  settings.max = std::min<__u32>(info.max, kMaxValue);
  settings.record = 1;
  // EBUSY: somebody waits for more than that.
  if (!Ask(member, KSEM_IOC_CONFIG, &settings) && errno != EPERM &&
      errno != EBUSY) {
    return false;
  }
  return SetAccessOfDevice(member, SystemUser(), SystemGroup(),
                           ModeOfMember(mode));
}

// Makes a member, and has it join the group.
bool MakeMember(const Name& name, mode_t mode, int gate) {
  // Its maker has to open it.
  constexpr mode_t kMaker = 0600;
  ksem_settings settings = {};
  settings.set = KSEM_SET_MAX | KSEM_SET_MODE | KSEM_SET_RECORD;
  settings.max = kMaxValue;
  settings.mode = ModeOfMember(mode) | kMaker;
  settings.record = 1;
  const bool made = MakeDirectory(name.c_str(), settings);
  if (!made && errno != EEXIST) return false;
  const int member = OpenDevice(name.c_str());
  if (member < 0) return false;
  const Closer closer(member);
  __u64 id;
  if (!IsSemaphore(name.c_str(), member, &id)) return false;
  ksem_ioc_join join = {};
  join.fd = member;
  if (!made) {
    if (!Adopt(member, mode)) return false;
  } else if (settings.mode != ModeOfMember(mode) &&
             !SystemChmod(member, ModeOfMember(mode))) {
    return false;
  }
  return Ask(gate, KSEM_IOC_JOIN, &join);
}

bool MakeGate(const Name& set, ino_t* directory) {
  ksem_settings settings = {};
  settings.set = KSEM_SET_MODE;
  settings.mode = 0600;
  return MakeDirectory(set.c_str(), settings, directory);
}

void ShutDown(int handle) {
  ksem_settings settings = {};
  settings.set = KSEM_SET_SHUTDOWN;
  Ask(handle, KSEM_IOC_CONFIG, &settings);
}

// Whether a kernel module has it. If nobody can tell, it may be.
bool IsHeld(int handle) {
  constexpr std::size_t kEnough = 1024;
  char text[kEnough];
  ksem_preload::Text<kPathSize> path;
  path.Add("/proc/thread-self/fdinfo/").Add(static_cast<unsigned>(handle));
  return handle < 0 || !ReadBeginning(path.c_str(), text) ||
         strstr(text, "\nksem-holder:") != nullptr;
}

// Also if tasks are blocked through its files: they learn of it, and the
// directory is there until they have gone. What a kernel module has stays.
bool RemoveName(const Name& name, int handle) {
  if (RemoveDirectory(name.c_str(), handle)) return true;
  if (errno != EBUSY || IsHeld(handle)) return false;
  ShutDown(handle);
  return Patiently(EBUSY, [&] {
           return RemoveDirectory(name.c_str(), handle) ? 0 : -1;
         }) == 0;
}

// A process that still has its handle learns of it.
void RemoveMember(const Name& name) {
  const int member = OpenOwnDevice(name.c_str());
  const Closer closer(member);
  if (RemoveName(name, member)) ShutDown(member);
}

// From the end, so that a process that is killed leaves none that the next one
// doesn't find. What a kernel module has stays.
void RemoveMembers(const Name& set) {
  unsigned members = 0;
  while (
      members < kMaxMembers &&
      SystemExists(DirectoryPath(NameMember(set, members).c_str()).c_str())) {
    ++members;
  }
  while (members > 0) RemoveMember(NameMember(set, --members));
}

// The gate last: the name is taken as long as it is there.
void RemoveAll(const Name& set, int gate) {
  const int error = errno;
  RemoveMembers(set);
  RemoveName(set, gate);
  errno = error;
}

// The set is there when the last one has joined.
bool MakeMembers(const Name& set, unsigned members, mode_t mode, int gate) {
  for (unsigned i = 0; i < members; ++i) {
    if (!MakeMember(NameMember(set, i), mode, gate)) return false;
  }
  return true;
}

bool Furnish(const Name& set, int gate, key_t key, unsigned members,
             mode_t mode) {
  // What a killed process has left: more members maybe, and a gate that was
  // made for another user.
  RemoveMembers(set);
  ksem_ioc_group group = {};
  group.members = members;
  group.key = key;
  if (SetAccessOfDevice(gate, SystemUser(), SystemGroup(), mode) &&
      Ask(gate, KSEM_IOC_GROUP, &group) &&
      MakeMembers(set, members, mode, gate)) {
    return true;
  }
  RemoveAll(set, gate);
  return false;
}

// -1 with EAGAIN also after what another one has left is cleared away.
int MakeBehind(int handle, const Name& set, key_t key, unsigned members,
               mode_t mode) {
  Identity gate;
  ksem_ioc_info info = {};
  if (!Identify(handle, &gate) || !LockGate(handle) ||
      !Ask(handle, KSEM_IOC_INFO, &info)) {
    return -1;
  }
  if (IsNamed(set, handle)) {
    if (info.flags & KSEM_INFO_SHUTDOWN) {
      RemoveAll(set, handle);
    } else if (!(info.flags & KSEM_INFO_GROUP)) {
      return Furnish(set, handle, key, members, mode)
                 ? static_cast<int>(minor(gate.device))
                 : -1;
    }
  }
  errno = EAGAIN;
  return -1;
}

// Whether this is the gate of the set, which is there, and the caller's. As
// long as it is locked, the names are no other set's.
bool MayChange(int gate, __u64 identity) {
  ksem_ioc_info info = {};
  if (!Ask(gate, KSEM_IOC_INFO, &info)) return false;
  if (info.id != identity || (info.flags & KSEM_INFO_SHUTDOWN)) {
    errno = EIDRM;
    return false;
  }
  errno = EPERM;
  return info.flags & KSEM_INFO_OWNER;
}

}  // namespace

int MakeSet(const Name& set, key_t key, unsigned members, mode_t mode) {
  ino_t directory;
  const bool made = MakeGate(set, &directory);
  if (!made && errno != EEXIST) return -1;
  const int gate = OpenDevice(set.c_str());
  if (gate < 0) {
    if (errno == EACCES) {
      // Its maker has given it its mode, so it is there by now; or that is what
      // another user has left.
      ksem_ioc_find found = {};
      errno = FindSetOf(set, &found) ? EAGAIN : EACCES;
    }
    if (errno != ENOENT && errno != ENXIO) return -1;
    // Either another process was quick to remove it, or /dev isn't the
    // kernel's.
    errno = made && TakeBack(set.c_str(), directory) ? ENOSYS : EAGAIN;
    return -1;
  }
  const Closer closer(gate);
  __u64 id;
  if (!IsSemaphore(set.c_str(), gate, &id)) {
    if (made) TakeBack(set.c_str(), directory);
    return -1;
  }
  return MakeBehind(gate, set, key, members, mode);
}

bool RemoveSet(const Use& set) {
  const int handle = OpenOwnDevice(set.name().c_str());
  const Closer closer(handle);
  ksem_settings settings = {};
  settings.set = KSEM_SET_SHUTDOWN;
  settings.id = set.identity();
  // A process that has begun to clear it away goes on.
  const bool locked = LockGate(handle);
  // Without a path to it, or a descriptor, there still is what the set is used
  // by.
  const bool removed = handle >= 0 ? Ask(handle, KSEM_IOC_CONFIG, &settings)
                                   : set.Ask(KSEM_IOC_CONFIG, &settings);
  if (!removed) {
    if (errno == EACCES) errno = EPERM;
    if (errno == ENOENT || errno == ESTALE) errno = EIDRM;
    return false;
  }
  if (locked) RemoveAll(set.name(), handle);
  return true;
}

bool SetAccess(const Use& set, uid_t owner, gid_t group, mode_t mode) {
  // First: where there is no path to it, as after a chroot, it is there yet.
  ksem_ioc_find found;
  if (!FindSetOf(set.id(), &found)) return false;
  const int gate = OpenOwnDevice(set.name().c_str());
  const Closer closer(gate);
  if (gate < 0 || !LockGate(gate)) {
    if (errno == EACCES) errno = EPERM;
    if (errno == ENOENT) errno = EIDRM;
    return false;
  }
  if (!MayChange(gate, set.identity())) return false;
  if (owner == static_cast<uid_t>(-1) || group == static_cast<gid_t>(-1)) {
    errno = EINVAL;
    return false;
  }
  for (unsigned i = 0; i < set.size(); ++i) {
    if (!SetAccessOfMember(NameMember(set.name(), i), owner, group, mode)) {
      return false;
    }
  }
  return SetAccessOfDevice(gate, owner, group, mode);
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/life.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "fsclient/preload/src/directory.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/notes.h"
#include "fsclient/sysv/src/operations.h"

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::DevicePath;
using ksem_preload::DirectoryPath;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::MakeDirectory;
using ksem_preload::OpenDevice;
using ksem_preload::RemoveDirectory;
using ksem_preload::SystemChmod;
using ksem_preload::SystemChown;
using ksem_preload::SystemExists;
using ksem_preload::SystemGroup;
using ksem_preload::SystemStat;
using ksem_preload::SystemUser;

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

// To read a member is to take its units, so who may only read the set gets
// nothing there, and who may alter it gets both.
mode_t ModeOfMember(mode_t mode) {
  const mode_t alter = mode & 0222;
  return alter | alter << 1;
}

// Who may alter the set has to look at the gate; it is its owner's to shut.
mode_t ModeOfGate(mode_t mode) { return 0600 | (mode & 0022) << 1; }

bool SetAccessOfDevice(const Name& name, uid_t owner, gid_t group,
                       mode_t mode) {
  const auto path = DevicePath(name.c_str());
  struct statx status;
  if (!SystemStat(path.c_str(), &status)) return false;
  // Only root may give anything to others, but an owner may say what is so.
  if ((status.stx_uid != owner || status.stx_gid != group) &&
      !SystemChown(path.c_str(), owner, group)) {
    return false;
  }
  return SystemChmod(path.c_str(), mode);
}

// Is the name still that of what we have opened by it?
bool IsNamed(const Name& name, const Identity& opened) {
  Identity named;
  return Identify(name.c_str(), &named) && named == opened;
}

// What is there already, as a kernel module has it, becomes a member. What was
// to be undone there is not the new set's concern.
bool AdoptMember(const Name& name, mode_t mode) {
  const int handle = OpenDevice(name.c_str());
  if (handle < 0) return false;
  const Closer closer(handle);
  Operations operations;
  return operations.Add(handle, KSEM_OP_SET, 0, KSEM_OP_UNDO).Do() &&
         SetAccessOfDevice(name, SystemUser(), SystemGroup(),
                           ModeOfMember(mode));
}

bool MakeMember(const Name& name, mode_t mode) {
  ksem_settings settings = {};
  settings.set = KSEM_SET_MAX | KSEM_SET_MODE;
  settings.max = kMaxValue;
  settings.mode = ModeOfMember(mode);
  if (MakeDirectory(name.c_str(), settings)) return true;
  return errno == EEXIST && AdoptMember(name, mode);
}

bool MakeGate(const Name& set, mode_t mode) {
  ksem_settings settings = {};
  settings.set = KSEM_SET_MODE;
  settings.mode = ModeOfGate(mode);
  return MakeDirectory(set.c_str(), settings);
}

bool MakeMembers(const Name& set, unsigned members, mode_t mode) {
  for (unsigned i = 0; i < members; ++i) {
    if (!MakeMember(NameMember(set, i), mode)) return false;
  }
  return true;
}

// From the end, so that one who is killed leaves none that the next one doesn't
// find. What a kernel module has, or a shell is blocked at, stays.
void RemoveMembers(const Name& set) {
  unsigned members = 0;
  while (
      members < kMaxMembers &&
      SystemExists(DirectoryPath(NameMember(set, members).c_str()).c_str())) {
    ++members;
  }
  while (members > 0) RemoveDirectory(NameMember(set, --members).c_str());
}

// The gate last: the name is taken as long as it is there.
void RemoveAll(const Name& set) {
  const int error = errno;
  Notes::Remove(set);
  RemoveMembers(set);
  RemoveDirectory(set.c_str());
  errno = error;
}

bool HasNotes(const Name& set, const Identity& gate) {
  Notes notes;
  if (!notes.Open(set)) return false;
  const bool has = notes.AreOf(gate);
  notes.door().Close();
  return has;
}

bool Furnish(const Name& set, const Identity& gate, key_t key, unsigned members,
             mode_t mode) {
  // What one who was killed has left: more members maybe, and a gate that was
  // made for somebody else.
  RemoveMembers(set);
  if (MakeMembers(set, members, mode) &&
      SetAccessOfDevice(set, SystemUser(), SystemGroup(), ModeOfGate(mode)) &&
      Notes::Make(set, gate, key, members, mode)) {
    return true;
  }
  RemoveAll(set);
  return false;
}

int MakeBehind(int handle, const Name& set, key_t key, unsigned members,
               mode_t mode) {
  Identity gate;
  if (!Identify(handle, &gate)) return -1;
  if (TakeOverRemoving(handle)) {
    if (IsNamed(set, gate)) RemoveAll(set);
    errno = EAGAIN;
    return -1;
  }
  if (!BeginMaking(handle)) return -1;
  // The gate last: notes that aren't there may have been removed, and who did
  // so has shut it before.
  if (!IsNamed(set, gate) || HasNotes(set, gate) || !IsOpen(handle)) {
    errno = EAGAIN;
    return -1;
  }
  return Furnish(set, gate, key, members, mode) ? IdOf(gate) : -1;
}

}  // namespace

int IdOf(const Identity& gate) { return minor(gate.device); }

int MakeSet(const Name& set, key_t key, unsigned members, mode_t mode) {
  const bool made = MakeGate(set, mode);
  if (!made && errno != EEXIST) return -1;
  const int gate = OpenDevice(set.c_str());
  if (gate < 0) {
    if (errno != ENOENT && errno != ENXIO) return -1;
    // Either somebody was quick to remove it, or /dev isn't the kernel's.
    errno = made && RemoveDirectory(set.c_str()) ? ENOSYS : EAGAIN;
    return -1;
  }
  const Closer closer(gate);
  return MakeBehind(gate, set, key, members, mode);
}

bool RemoveSet(const Name& set, const Identity& gate) {
  const int handle = OpenDevice(set.c_str());
  if (handle < 0) {
    errno = errno == EACCES ? EPERM : EIDRM;
    return false;
  }
  const Closer closer(handle);
  Identity opened;
  if (!Identify(handle, &opened) || opened != gate || !BeginRemoving(handle)) {
    errno = EIDRM;
    return false;
  }
  RemoveAll(set);
  return true;
}

bool SetAccess(const Name& set, unsigned members, uid_t owner, gid_t group,
               mode_t mode) {
  for (unsigned i = 0; i < members; ++i) {
    if (!SetAccessOfDevice(NameMember(set, i), owner, group,
                           ModeOfMember(mode))) {
      return false;
    }
  }
  return SetAccessOfDevice(set, owner, group, ModeOfGate(mode));
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/limits.h"

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::Enter;
using ksem_preload::Identity;
using ksem_preload::kPathSize;
using ksem_preload::SystemChmod;
using ksem_preload::SystemChown;
using ksem_preload::SystemGroup;
using ksem_preload::SystemMayAccess;
using ksem_preload::SystemOpen;
using ksem_preload::SystemPread;
using ksem_preload::SystemPwrite;
using ksem_preload::SystemStat;
using ksem_preload::SystemTruncate;
using ksem_preload::SystemUnlink;
using ksem_preload::SystemUser;
using ksem_preload::Text;

namespace {

Text<kPathSize> PathOf(const Name& set) {
  Text<kPathSize> path;
  path.Add("/dev/shm/ksem-").Add(set.c_str());
  return path;
}

off_t Where(unsigned member) {
  return static_cast<off_t>(sizeof(NotesHead) + member * sizeof(NotesLine));
}

// Everybody may put things into /dev/shm: no link is followed, and no pipe
// makes anybody wait.
int OpenAs(const Name& set, int flags) {
  return Enter(SystemOpen(PathOf(set).c_str(),
                          flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

bool Write(int fd, const void* data, size_t size, off_t where) {
  return SystemPwrite(fd, data, size, where) == static_cast<ssize_t>(size);
}

// Less is there only if somebody has made the file shorter.
bool ReadAll(int fd, void* data, size_t size, off_t where) {
  const ssize_t length = SystemPread(fd, data, size, where);
  if (length == static_cast<ssize_t>(size)) return true;
  if (length >= 0) errno = EIDRM;
  return false;
}

bool Fill(int fd, const Identity& gate, key_t key, unsigned members,
          mode_t mode) {
  NotesHead head = {};
  head.gate_device = gate.device;
  head.gate_filesystem = gate.filesystem;
  head.gate_inode = gate.inode;
  head.change_time = time(nullptr);
  head.key = key;
  head.creator = SystemUser();
  head.creator_group = SystemGroup();
  return SystemTruncate(fd, Where(members)) && SystemChmod(fd, mode) &&
         Write(fd, &head, sizeof(head), 0);
}

}  // namespace

bool NotesHead::IsOf(const Identity& gate) const {
  return gate_device == gate.device && gate_filesystem == gate.filesystem &&
         gate_inode == gate.inode;
}

NotesLine NotesLine::Now() { return {time(nullptr), getpid(), 0}; }

bool Notes::Make(const Name& set, const Identity& gate, key_t key,
                 unsigned members, mode_t mode) {
  Remove(set);
  const int fd = OpenAs(set, O_RDWR | O_CREAT | O_EXCL);
  if (fd < 0) {
    // Somebody else's file is in the way, or there is no such directory.
    if (errno == EEXIST) errno = EACCES;
    if (errno == ENOENT) errno = ENOSYS;
    return false;
  }
  const bool made = Fill(fd, gate, key, members, mode);
  CloseFile(fd);
  return made;
}

void Notes::Remove(const Name& set) { SystemUnlink(PathOf(set).c_str()); }

bool Notes::MayAccess(const Name& set, int access) {
  return SystemMayAccess(PathOf(set).c_str(), access);
}

bool Notes::Open(const Name& set) {
  constexpr struct {
    int flags;
    bool readable;
    bool writable;
  } kWays[] = {
      {O_RDWR, true, true},
      {O_WRONLY, false, true},
      {O_RDONLY, true, false},
      {O_PATH, false, false},
  };
  int fd = -1;
  for (const auto& way : kWays) {
    flags_ = way.flags;
    readable_ = way.readable;
    writable_ = way.writable;
    fd = OpenAs(set, flags_);
    if (fd >= 0 || errno != EACCES) break;
  }
  struct statx status;
  if (!door_.Set(fd) || !SystemStat(fd, &status)) return false;
  if (S_ISREG(status.stx_mode)) return true;
  door_.Close();
  errno = EACCES;
  return false;
}

bool Notes::OpenAgain(const Name& set) {
  return door_.SetAgain(OpenAs(set, flags_));
}

bool Notes::AreOf(const Identity& gate) const {
  NotesHead head;
  return !readable_ || (Read(&head) && head.IsOf(gate));
}

unsigned Notes::Members() const {
  struct statx status;
  if (!SystemStat(door_.number(), &status)) return 0;
  const auto size = static_cast<off_t>(status.stx_size);
  if (size < Where(0)) return 0;
  return std::min<std::size_t>((size - Where(0)) / sizeof(NotesLine),
                               kMaxMembers);
}

bool Notes::Status(struct statx* status) const {
  if (!SystemStat(door_.number(), status)) return false;
  if (status->stx_nlink > 0) return true;
  errno = EIDRM;
  return false;
}

bool Notes::Read(NotesHead* head) const {
  return ReadAll(door_.number(), head, sizeof(*head), 0);
}

bool Notes::Read(unsigned member, NotesLine* line) const {
  return ReadAll(door_.number(), line, sizeof(*line), Where(member));
}

void Notes::Changed() const {
  const int64_t now = time(nullptr);
  Write(door_.number(), &now, sizeof(now), offsetof(NotesHead, change_time));
}

void Notes::Operated(unsigned member, const NotesLine& by) const {
  Write(door_.number(), &by, sizeof(by), Where(member));
}

bool Notes::SetAccess(uid_t owner, gid_t group, mode_t mode) const {
  // By number, as the name may be a link by now; and one that may neither be
  // read nor written can't be changed but so.
  Text<kPathSize> path;
  path.Add("/proc/self/fd/").Add(static_cast<unsigned>(door_.number()));
  return SystemChown(path.c_str(), owner, group) &&
         SystemChmod(path.c_str(), mode);
}

}  // namespace ksem_sysv

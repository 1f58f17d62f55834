// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/system.h"

namespace ksem_sysv {

using ksem_preload::AskFreely;
using ksem_preload::CloseFile;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::OpenDevice;
using ksem_preload::SystemIoctl;

bool Ask(int handle, unsigned long request, void* structure) {
  return SystemIoctl(handle, request, structure);
}

bool FindSet(int id, ksem_ioc_find* found, bool count) {
  *found = {};
  found->minor = id;
  if (count) found->flags = KSEM_FIND_COUNT;
  const int control = OpenDevice(".control");
  if (control < 0) return false;
  const bool done = AskFreely(control, KSEM_IOC_FIND, found);
  CloseFile(control);
  return done;
}

bool FindSetOf(int id, ksem_ioc_find* found) {
  const bool found_one = id >= 0 && FindSet(id, found);
  if (found_one && found->minor == static_cast<__u32>(id)) return true;
  if (id < 0 || found_one || errno == ENOENT) errno = EINVAL;
  return false;
}

bool FindSetOf(const Name& name, ksem_ioc_find* found) {
  Identity gate;
  if (!Identify(name.c_str(), &gate) ||
      !FindSetOf(static_cast<int>(minor(gate.device)), found)) {
    return false;
  }
  if (strcmp(found->name, name.c_str()) == 0) return true;
  errno = ENOENT;
  return false;
}

bool OpenGate(const Name& set, GateHandle* gate) {
  constexpr struct {
    int flags;
    bool readable;
    bool writable;
  } kWays[] = {
      {O_RDWR, true, true}, {O_WRONLY, false, true}, {O_RDONLY, true, false}};
  for (const auto& way : kWays) {
    const int fd = OpenDevice(set.c_str(), way.flags);
    *gate = {fd, way.readable, way.writable};
    if (fd >= 0) return true;
    if (errno != EACCES) break;
  }
  return false;
}

bool LockGate(int handle) {
  return syscall(SYS_flock, handle, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace ksem_sysv

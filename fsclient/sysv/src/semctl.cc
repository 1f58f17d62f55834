// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <sys/sem.h>

#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/system.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"
#include "fsclient/sysv/src/status.h"
#include "fsclient/sysv/src/values.h"

// Programs have to declare it themselves.
union semun {
  int val;
  semid_ds* buf;
  unsigned short* array;
  seminfo* info;
};

namespace ksem_sysv {

using ksem_preload::SystemCopy;

namespace {

// Since Linux 4.17; older headers don't have it.
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

// The order in which each command looks at its arguments, the permission and
// the set is Linux' own.
int ControlSet(const Use& set, int member, int command, semun argument) {
  switch (command) {
    case GETVAL:
      return GetValue(set, member);
    case SETVAL:
      return SetValue(set, member, argument.val);
    case GETPID:
      return GetProcess(set, member);
    case GETNCNT:
      return GetWaitersForUnits(set, member);
    case GETZCNT:
      return GetWaitersForZero(set, member);
    case GETALL:
      return GetAll(set, argument.array);
    case SETALL:
      return SetAll(set, argument.array);
    case IPC_STAT:
      return GetStatus(set, argument.buf);
    case IPC_SET:
      return SetStatus(set, *argument.buf);
    case IPC_RMID:
      return Remove(set);
    default:
      errno = EINVAL;
      return -1;
  }
}

int Control(int id, int member, int command, semun argument) {
  semid_ds wanted;
  if (id < 0) {
    errno = EINVAL;
    return -1;
  }
  switch (command) {
    case IPC_INFO:
    case SEM_INFO:
      return GetInfo(argument.info, command == SEM_INFO);
    case SEM_STAT:
      return GetStatusAt(id, argument.buf);
    case SEM_STAT_ANY:
      return GetAnyStatusAt(id, argument.buf);
    case SETVAL:
      if (argument.val >= 0 && argument.val <= kMaxValue) break;
      errno = ERANGE;
      return -1;
    case IPC_SET:
      if (!SystemCopy(&wanted, argument.buf, sizeof(wanted))) return -1;
      argument.buf = &wanted;
      break;
    default:
      break;
  }
  const Use set(id);
  if (!set) return -1;
  const int result = ControlSet(set, member, command, argument);
  // Nobody was blocked here when the set was removed: there is no such one.
  if (result < 0 && errno == EIDRM) {
    set.Forget();
    errno = EINVAL;
  }
  return result;
}

}  // namespace
}  // namespace ksem_sysv

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int semctl(int id, int member, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const semun argument = va_arg(arguments, semun);
  va_end(arguments);
  return Call([=] { return Control(id, member, command, argument); },
              [=] { return libc.ctl.get()(id, member, command, argument); });
}

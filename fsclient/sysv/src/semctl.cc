// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <sys/sem.h>

#include "fsclient/preload/src/export.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"
#include "fsclient/sysv/src/status.h"
#include "fsclient/sysv/src/values.h"

// Programs have to declare it themselves.
union semun {
  int val;
  semid_ds* buf;
  unsigned short* array;
};

namespace ksem_sysv {
namespace {

bool IsOfMember(int command) {
  return command == GETVAL || command == SETVAL || command == GETPID ||
         command == GETNCNT || command == GETZCNT;
}

int Control(const Use& set, int member, int command, semun argument) {
  if (IsOfMember(command) &&
      (member < 0 || member >= static_cast<int>(set.size()))) {
    errno = EINVAL;
    return -1;
  }
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
      return SetStatus(set, argument.buf);
    case IPC_RMID:
      return Remove(set);
    default:
      errno = EINVAL;
      return -1;
  }
}

int Control(int id, int member, int command, semun argument) {
  const Use set(id);
  if (!set) return -1;
  const int result = Control(set, member, command, argument);
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

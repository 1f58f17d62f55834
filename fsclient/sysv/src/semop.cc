// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <time.h>

#include "fsclient/preload/src/export.h"
#include "fsclient/preload/src/nanoseconds.h"
#include "fsclient/sysv/src/attempt.h"
#include "fsclient/sysv/src/libc.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/operations.h"
#include "fsclient/sysv/src/provider.h"
#include "fsclient/sysv/src/set.h"

namespace ksem_sysv {
namespace {

bool IsGood(const timespec& time) {
  return time.tv_sec >= 0 && ksem_preload::HasValidFraction(time);
}

// False with errno set.
bool MayDo(const Use& set, const sembuf* wanted, size_t count) {
  bool alters = false;
  for (size_t i = 0; i < count; ++i) {
    if (wanted[i].sem_num >= set.size()) {
      errno = EFBIG;
      return false;
    }
    alters = alters || wanted[i].sem_op != 0;
  }
  return alters ? set.MayAlter() : set.MayRead();
}

bool Add(Operations* operations, int handle, const sembuf& wanted) {
  if (handle < 0) return false;
  unsigned flags = wanted.sem_flg & IPC_NOWAIT ? KSEM_OP_NOWAIT : 0;
  if (wanted.sem_op == 0) {
    operations->Add(handle, KSEM_OP_ZERO, 0, flags);
  } else {
    if (wanted.sem_flg & SEM_UNDO) flags |= KSEM_OP_ADJUST;
    operations->Add(handle, wanted.sem_op < 0 ? KSEM_OP_WAIT : KSEM_OP_POST,
                    abs(wanted.sem_op), flags);
  }
  return true;
}

void Note(const Use& set, const sembuf* done, size_t count) {
  const Notes* notes = set.OpenNotes();
  if (notes == nullptr) return;
  const NotesLine now = NotesLine::Now();
  for (size_t i = 0; i < count; ++i) notes->Operated(done[i].sem_num, now);
}

int ErrorOf(int error) {
  switch (error) {
    case ETIMEDOUT:
      return EAGAIN;
    case EOVERFLOW:
      return ERANGE;
    default:
      return error;
  }
}

int Operate(int id, const sembuf* wanted, size_t count,
            const timespec* timeout) {
  if (id < 0 || count == 0) {
    errno = EINVAL;
    return -1;
  }
  if (count > kMaxOperations) {
    errno = E2BIG;
    return -1;
  }
  if (timeout != nullptr && !IsGood(*timeout)) {
    errno = EINVAL;
    return -1;
  }
  const Use set(id);
  if (!set || !MayDo(set, wanted, count)) return -1;
  const bool done = Attempt(set, timeout, [&](Operations* operations) {
    for (size_t i = 0; i < count; ++i) {
      const int handle = set.Member(wanted[i].sem_num);
      if (!Add(operations, handle, wanted[i])) return false;
    }
    return true;
  });
  if (!done) {
    errno = ErrorOf(errno);
    return -1;
  }
  Note(set, wanted, count);
  return 0;
}

}  // namespace
}  // namespace ksem_sysv

using namespace ksem_sysv;

KSEM_PRELOAD_EXPORT int semtimedop(int id, sembuf* wanted, size_t count,
                                   const timespec* timeout) {
  return Call([=] { return Operate(id, wanted, count, timeout); },
              [=] { return libc.timedop(id, wanted, count, timeout); });
}

KSEM_PRELOAD_EXPORT int semop(int id, sembuf* wanted, size_t count) {
  return Call([=] { return Operate(id, wanted, count, nullptr); },
              [=] { return libc.op(id, wanted, count); });
}

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/values.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>

#include "fsclient/sysv/src/attempt.h"
#include "fsclient/sysv/src/limits.h"
#include "fsclient/sysv/src/notes.h"

namespace ksem_sysv {
namespace {

// The notes of a set that the caller may read and that is there; else null with
// errno set.
const Notes* Readable(const Use& set) {
  const Notes* notes = set.MayRead() ? set.OpenNotes() : nullptr;
  struct statx status;
  return notes != nullptr && notes->Status(&status) ? notes : nullptr;
}

bool Look(const Use& set, unsigned member, ksem_ioc_info* info) {
  if (Readable(set) == nullptr) return false;
  do {
    const int handle = set.Member(member);
    if (handle < 0) return false;
    if (ioctl(handle, KSEM_IOC_INFO, info) == 0) return true;
  } while (set.Restore());
  return false;
}

// Members of a run, in one step. Nobody has to undo anything there any more.
bool SetRun(const Use& set, unsigned begin, unsigned end,
            const unsigned short* values) {
  const bool done = Attempt(set, nullptr, [&](Operations* operations) {
    for (unsigned i = begin; i < end; ++i) {
      const int handle = set.Member(i);
      if (handle < 0) return false;
      operations->Add(handle, KSEM_OP_SET, values[i - begin], KSEM_OP_UNDO);
    }
    return true;
  });
  const Notes* notes = done ? set.OpenNotes() : nullptr;
  if (notes != nullptr) {
    const NotesLine now = NotesLine::Now();
    for (unsigned i = begin; i < end; ++i) notes->Operated(i, now);
    notes->Changed();
  }
  return done;
}

}  // namespace

int GetValue(const Use& set, unsigned member) {
  ksem_ioc_info info = {};
  return Look(set, member, &info) ? static_cast<int>(info.value) : -1;
}

int GetWaitersForUnits(const Use& set, unsigned member) {
  ksem_ioc_info info = {};
  return Look(set, member, &info) ? static_cast<int>(info.for_units) : -1;
}

int GetWaitersForZero(const Use& set, unsigned member) {
  ksem_ioc_info info = {};
  return Look(set, member, &info) ? static_cast<int>(info.for_zero) : -1;
}

int GetProcess(const Use& set, unsigned member) {
  const Notes* notes = Readable(set);
  NotesLine line;
  return notes != nullptr && notes->Read(member, &line) ? line.process : -1;
}

int SetValue(const Use& set, unsigned member, int value) {
  if (value < 0 || value > kMaxValue) {
    errno = ERANGE;
    return -1;
  }
  if (!set.MayAlter()) return -1;
  const unsigned short values[] = {static_cast<unsigned short>(value)};
  return SetRun(set, member, member + 1, values) ? 0 : -1;
}

int GetAll(const Use& set, unsigned short* values) {
  for (unsigned i = 0; i < set.size(); ++i) {
    ksem_ioc_info info = {};
    if (!Look(set, i, &info)) return -1;
    values[i] = info.value;
  }
  return 0;
}

int SetAll(const Use& set, const unsigned short* values) {
  if (!set.MayAlter()) return -1;
  if (std::any_of(values, values + set.size(),
                  [](unsigned short value) { return value > kMaxValue; })) {
    errno = ERANGE;
    return -1;
  }
  // Of a set that is larger, so many at a time.
  for (unsigned i = 0; i < set.size(); i += kMaxOperations) {
    const unsigned end = std::min(i + kMaxOperations, set.size());
    if (!SetRun(set, i, end, values + i)) return -1;
  }
  return 0;
}

}  // namespace ksem_sysv

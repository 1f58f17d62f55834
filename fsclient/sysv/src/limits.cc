// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/limits.h"

#include <errno.h>
#include <stdlib.h>

#include <algorithm>

#include "fsclient/preload/src/beginning.h"

namespace ksem_sysv {
namespace {

// The next number of a text, which moves on.
unsigned Next(char** text) {
  return static_cast<unsigned>(strtoul(*text, text, 10));
}

}  // namespace

Limits ReadLimits() {
  Limits limits;
  char text[128];
  const int error = errno;
  if (ksem_preload::ReadBeginning("/proc/sys/kernel/sem", text)) {
    char* rest = text;
    limits.members = std::min(Next(&rest), limits.members);
    limits.all_members = Next(&rest);
    limits.operations = std::min(Next(&rest), limits.operations);
    limits.sets = Next(&rest);
  }
  errno = error;
  return limits;
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/umask.h"

#include <stdlib.h>
#include <string.h>

#include "fsclient/preload/src/beginning.h"

namespace ksem_posix {

mode_t CurrentUmask() {
  constexpr mode_t kOwnerOnly = 077;
  // It is the second line, behind a name that the kernel keeps short.
  char text[256];
  if (!ksem_preload::ReadBeginning("/proc/thread-self/status", text)) {
    return kOwnerOnly;
  }
  constexpr char kKey[] = "\nUmask:";
  const char* line = strstr(text, kKey);
  if (line == nullptr) return kOwnerOnly;
  return strtoul(line + strlen(kKey), nullptr, 8);
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
// What the kernel tells a handle about its semaphore, and those that wait.
#ifndef TOOLS_KSEM_KNOWN_H_
#define TOOLS_KSEM_KNOWN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ksem/semaphore.h"

namespace ksem_tool {

// The last operation on a semaphore with `record` 1.
struct LastOperation {
  bool recorded = false;
  unsigned pid = 0;       // 0: the kernel, or none that can be seen from here
  std::int64_t time = 0;  // seconds since 1970; 0: none yet
};

struct Known {
  LastOperation last;
  bool undo = false;  // what this handle takes comes back with it
};

Known ask_what_is_known(int handle);

// How many are blocked.  Not all are told of, and the two are of two moments.
std::size_t count_blocked(int waiters, const std::vector<ksem::Waiter>& told);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_KNOWN_H_

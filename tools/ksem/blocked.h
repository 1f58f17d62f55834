// SPDX-License-Identifier: MIT
// Who waits on a semaphore: the kernel tells every handle.
#ifndef TOOLS_KSEM_BLOCKED_H_
#define TOOLS_KSEM_BLOCKED_H_

#include <cstdint>
#include <string>
#include <vector>

namespace ksem_tool {

struct Waiter {
  unsigned pid = 0;  // 0: none that can be seen from here
  unsigned tid = 0;
  unsigned units = 0;
  std::int64_t nanoseconds = 0;
  const char* way = "";
  bool kernel = false;  // a thread of it, or a callback
  std::string command;
};

struct Blocked {
  unsigned total = 0;
  std::vector<Waiter> first;  // in the order in which they will be served
};

// By a handle of the semaphore.
Blocked ask_who_is_blocked(int handle);

// The last operation on a semaphore with `record` 1.
struct LastOperation {
  bool recorded = false;
  unsigned pid = 0;       // 0: the kernel, or none that can be seen from here
  std::int64_t time = 0;  // seconds since 1970; 0: none yet
};

struct Known {
  std::uint64_t identity = 0;
  LastOperation last;
  bool undo = false;  // what this handle takes comes back with it
};

Known ask_what_is_known(int handle);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_BLOCKED_H_

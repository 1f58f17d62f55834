// SPDX-License-Identifier: MIT
// Who has a semaphore's device open, and which modules hold it by name: from
// /proc/PID/fdinfo of the processes that the caller may look at.
#ifndef TOOLS_KSEM_HOLDERS_H_
#define TOOLS_KSEM_HOLDERS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ksem_tool {

struct Process {
  unsigned pid = 0;
  std::string command;
};

// An open handle. Processes that have inherited it share it.
struct OpenHandle {
  std::int64_t undo =
      0;  // units that come back when the last of them closes it
  std::vector<Process> processes;
};

struct Holders {
  std::vector<OpenHandle> handles;
  std::map<std::string, unsigned> modules;  // how often each has got it
  std::string maker;     // the module that made it, if one did
  bool complete = true;  // false: some processes could not be looked at
};

// The caller itself doesn't count; `handle` is one that it has.
Holders find_holders(int handle);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_HOLDERS_H_

// SPDX-License-Identifier: MIT
// What /etc/ksem/semaphores.conf declares: see semaphores.conf(5).
#ifndef TOOLS_KSEM_DECLARED_H_
#define TOOLS_KSEM_DECLARED_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ksem/semaphore.h"

namespace ksem_tool {

struct Declared {
  std::string name;
  std::string where;              // FILE:LINE
  ksem::Settings settings;        // with mode and group of the device
  std::optional<unsigned> owner;  // of device and files
  std::optional<unsigned> files;  // mode of the files that take and give

  // Files and what they say in a semaphore that is like this, what isn't
  // declared as it is by default; without the value, which changes.
  std::vector<std::pair<const char*, std::string>> kept() const;

  bool has_access() const { return owner || settings.group || settings.mode; }
};

// Of the file, and then of those in the directory FILE.d whose names end with
// ".conf", in the order of their names.  What is missing declares nothing.
// Throws UsageError, with a line FILE:LINE for each mistake there is.
std::vector<Declared> read_declarations(const std::string& path);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_DECLARED_H_

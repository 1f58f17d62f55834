// SPDX-License-Identifier: MIT
// Units of a semaphore, as the words of a command line ask for them.
#ifndef TOOLS_KSEM_PORTION_H_
#define TOOLS_KSEM_PORTION_H_

#include <string>
#include <vector>

#include "tools/ksem/cli.h"

namespace ksem_tool {

struct Portion {
  std::string name;
  int units = 1;
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_PORTION_H_

// SPDX-License-Identifier: MIT
// Units of a semaphore, as the words of a command line ask for them.
#ifndef TOOLS_KSEM_PORTION_H_
#define TOOLS_KSEM_PORTION_H_

#include <string>
#include <vector>

namespace ksem_tool {

struct Portion {
  std::string name;
  int units = 1;
};

// NAME or NAME:N; `units` without N.  A name that ends with a colon and digits
// needs an N of its own.
std::vector<Portion> parse_portions(const std::vector<std::string>& words,
                                    int units);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_PORTION_H_

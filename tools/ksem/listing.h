// SPDX-License-Identifier: MIT
// Semaphores as texts, for people and for programs.
#ifndef TOOLS_KSEM_LISTING_H_
#define TOOLS_KSEM_LISTING_H_

#include <string>
#include <vector>

#include "tools/ksem/details.h"

namespace ksem_tool {

std::string as_json(const std::vector<Details>& all);    // an array of objects
std::string as_table(const std::vector<Details>& all);   // a line for each
std::string as_blocks(const std::vector<Details>& all);  // a block for each

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_LISTING_H_

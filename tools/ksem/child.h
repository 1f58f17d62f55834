// SPDX-License-Identifier: MIT
// The command that "ksem run" runs.
#ifndef TOOLS_KSEM_CHILD_H_
#define TOOLS_KSEM_CHILD_H_

#include <string>
#include <vector>

#include "tools/ksem/signals.h"

namespace ksem_tool {

// Runs the command to its end, passes on the signals that come meanwhile, and
// returns what waitpid() says of it.  May throw CannotExecute.
int run_child(const std::vector<std::string>& command, const Signals& signals);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_CHILD_H_

// SPDX-License-Identifier: MIT
// A command as execvp() takes it, and what is said if that fails.
#ifndef TOOLS_KSEM_COMMAND_H_
#define TOOLS_KSEM_COMMAND_H_

#include <string>
#include <system_error>
#include <vector>

namespace ksem_tool {

// What exec said.
struct CannotExecute : std::system_error {
  using std::system_error::system_error;
};

// Points into `command`, with a null pointer at the end.
std::vector<char*> arguments(const std::vector<std::string>& command);

// Complains; 127 if there is no such command, else 126.
int not_executed(const char* verb, const CannotExecute& error);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_COMMAND_H_

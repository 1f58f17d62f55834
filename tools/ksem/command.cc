// SPDX-License-Identifier: MIT
#include "tools/ksem/command.h"

#include <cerrno>
#include <cstdio>

#include "tools/ksem/cli.h"

namespace ksem_tool {

std::vector<char*> arguments(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  return argv;
}

int not_executed(const char* verb, const CannotExecute& error) {
  std::fprintf(stderr, "ksem %s: %s\n", verb, error.what());
  return error.code().value() == ENOENT ? kNotFound : kCannotExecute;
}

}  // namespace ksem_tool

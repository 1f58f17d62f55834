// SPDX-License-Identifier: MIT
// The libraries that make POSIX and System V semaphores ours.
#ifndef TOOLS_KSEM_PRELOAD_H_
#define TOOLS_KSEM_PRELOAD_H_

#include <stdexcept>
#include <string>
#include <vector>

namespace ksem_tool {

struct Library {
  std::string path;
  // The variables that it reads.
  const char* mode;
  const char* prefix;
};

struct NoLibrary : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Those that are installed; throws NoLibrary if none is.
std::vector<Library> installed_libraries();

// Puts them behind what LD_PRELOAD has, and `first`, if it isn't empty, in
// front of that.  Throws NoLibrary if they are at a place that can't be in it.
void preload(const std::vector<Library>& libraries, const std::string& first);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_PRELOAD_H_

// SPDX-License-Identifier: MIT
#ifndef TOOLS_KSEM_FAILURE_H_
#define TOOLS_KSEM_FAILURE_H_

#include <stdexcept>
#include <string>
#include <system_error>

namespace ksem_tool {

// Something failed that isn't a semaphore; what() says what, and why.  A
// std::system_error comes from the library, and is about a semaphore.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
  Failure(int error, const std::string& what)
      : std::runtime_error(what + ": " +
                           std::generic_category().message(error)) {}
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_FAILURE_H_

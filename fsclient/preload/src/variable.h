// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_VARIABLE_H_
#define KSEM_PRELOAD_SRC_VARIABLE_H_

#include <atomic>

#include "fsclient/preload/src/text.h"

namespace ksem_preload {

// A variable of the environment, as it was when Get() was called first:
// programs change theirs, and getenv() isn't to be called meanwhile. So a
// constructor of the library's calls it. What runs before that, other
// libraries' constructors, may do so, too.
class Variable {
 public:
  explicit constexpr Variable(const char* name) : name_(name) {}

  // Empty if it isn't set; cut off where it is too long for a name anyhow.
  const char* Get();

 private:
  void Read();

  const char* name_;
  std::atomic<bool> is_read_ = false;
  Text<kNameMax + 2> value_;
};

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_VARIABLE_H_

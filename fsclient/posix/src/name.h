// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_NAME_H_
#define KSEM_POSIX_SRC_NAME_H_

#include "fsclient/preload/src/text.h"

namespace ksem_posix {

// What ksem calls the semaphore that a program calls "/foo": "foo", after what
// KSEM_POSIX_PREFIX says.
class Name {
 public:
  explicit Name(const char* posix_name);

  // ENAMETOOLONG; EINVAL if nothing is left without the leading slashes, if
  // there are more, or if it is ".", ".." or ".control".
  int error() const { return error_; }
  const char* c_str() const { return text_.c_str(); }

 private:
  ksem_preload::Text<ksem_preload::kNameMax + 1> text_;
  int error_ = 0;
};

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_NAME_H_

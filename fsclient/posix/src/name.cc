// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

namespace ksem_posix {

Name::Name(const char* posix_name) {
  while (*posix_name == '/') ++posix_name;
  const char* prefix = secure_getenv("KSEM_POSIX_PREFIX");
  if (prefix != nullptr) text_.Add(prefix);
  text_.Add(posix_name);
  if (*posix_name == '\0' || strchr(c_str(), '/') != nullptr ||
      strcmp(c_str(), ".") == 0 || strcmp(c_str(), "..") == 0 ||
      strcmp(c_str(), ".control") == 0) {
    error_ = EINVAL;
  } else if (text_.overflown()) {
    error_ = ENAMETOOLONG;
  }
}

}  // namespace ksem_posix

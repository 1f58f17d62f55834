// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/name.h"

#include <errno.h>
#include <string.h>

#include "fsclient/preload/src/variable.h"

namespace ksem_posix {
namespace {

constinit ksem_preload::Variable prefix("KSEM_POSIX_PREFIX");

[[gnu::constructor]] void ReadPrefix() { prefix.Get(); }

}  // namespace

Name::Name(const char* posix_name) {
  while (*posix_name == '/') ++posix_name;
  text_.Add(prefix.Get()).Add(posix_name);
  if (*posix_name == '\0' || strchr(c_str(), '/') != nullptr ||
      strcmp(c_str(), ".") == 0 || strcmp(c_str(), "..") == 0 ||
      strcmp(c_str(), ".control") == 0) {
    error_ = EINVAL;
  } else if (text_.overflown()) {
    error_ = ENAMETOOLONG;
  }
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/variable.h"

#include <stdlib.h>

#include "fsclient/preload/src/lock.h"

namespace ksem_preload {

void Variable::Read() {
  const Locked locked;
  if (is_read_.load(std::memory_order_relaxed)) return;
  const char* value = secure_getenv(name_);
  if (value != nullptr) value_.Add(value);
  is_read_.store(true, std::memory_order_release);
}

const char* Variable::Get() {
  if (!is_read_.load(std::memory_order_acquire)) Read();
  return value_.c_str();
}

}  // namespace ksem_preload

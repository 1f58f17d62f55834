// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/complain.h"

#include <errno.h>

#include <atomic>

#include "fsclient/preload/src/system.h"
#include "fsclient/preload/src/text.h"

namespace ksem_preload {
namespace {

constexpr int kTexts = 8;
constinit std::atomic<const char*> said[kTexts] = {};

bool IsNew(const char* text) {
  for (auto& place : said) {
    const char* before = nullptr;
    if (place.compare_exchange_strong(before, text)) return true;
    if (before == text) return false;
  }
  return false;
}

}  // namespace

void Complain(const char* where, const char* name, const char* text) {
  if (!IsNew(text)) return;
  const int error = errno;
  Text<2 * kPathSize> line;
  line.Add("ksem: ").Add(where).Add(name).Add(text).Add("\n");
  SystemWrite(STDERR_FILENO, line.c_str(), line.size());
  errno = error;
}

}  // namespace ksem_preload

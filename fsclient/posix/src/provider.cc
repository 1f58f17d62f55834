// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/provider.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atomic>

namespace ksem_posix {
namespace {

constinit std::atomic<Provider> decided = Provider::kUndecided;

Provider Decide() {
  const char* mode = secure_getenv("KSEM_POSIX_MODE");
  if (mode == nullptr) mode = "ksem";
  if (strcmp(mode, "libc") == 0) return Provider::kLibc;
  if (access("/sys/class/ksem", F_OK) == 0) return Provider::kKsem;
  return strcmp(mode, "auto") == 0 ? Provider::kLibc : Provider::kUndecided;
}

}  // namespace

Provider ChooseProvider() {
  Provider provider = decided.load(std::memory_order_relaxed);
  if (provider != Provider::kUndecided) return provider;
  provider = Decide();
  // Another thread may have been faster, and have found the module missing.
  Provider first = Provider::kUndecided;
  return decided.compare_exchange_strong(first, provider,
                                         std::memory_order_relaxed)
             ? provider
             : first;
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/provider.h"

#include <string.h>

#include "fsclient/preload/src/system.h"

namespace ksem_preload {

Provider ProviderChoice::Decide() {
  const char* mode = mode_.Get();
  if (strcmp(mode, "libc") == 0) return Provider::kLibc;
  if (SystemExists("/sys/class/ksem")) return Provider::kKsem;
  return strcmp(mode, "auto") == 0 ? Provider::kLibc : Provider::kUndecided;
}

Provider ProviderChoice::Get() {
  Provider provider = decided_.load(std::memory_order_relaxed);
  if (provider != Provider::kUndecided) return provider;
  provider = Decide();
  // Another thread may have been faster, and have found the module missing.
  Provider first = Provider::kUndecided;
  return decided_.compare_exchange_strong(first, provider,
                                          std::memory_order_relaxed)
             ? provider
             : first;
}

}  // namespace ksem_preload

// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_PROVIDER_H_
#define KSEM_PRELOAD_SRC_PROVIDER_H_

#include <atomic>

#include "fsclient/preload/src/variable.h"

namespace ksem_preload {

// Who has the semaphores of this process.
enum class Provider {
  kUndecided,
  kKsem,
  kLibc,
};

// Decided once, by a variable of the environment and by whether the kernel has
// ksem; from then on the two are never mixed. As long as there is no ksem to be
// had, and libc is not allowed for, it is undecided.
class ProviderChoice {
 public:
  explicit constexpr ProviderChoice(const char* variable) : mode_(variable) {}

  // To be called by a constructor of the library's.
  void ReadMode() { mode_.Get(); }

  Provider Get();

 private:
  Provider Decide();

  Variable mode_;
  std::atomic<Provider> decided_ = Provider::kUndecided;
};

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_PROVIDER_H_

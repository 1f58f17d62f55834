// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_PROVIDER_H_
#define KSEM_POSIX_SRC_PROVIDER_H_

namespace ksem_posix {

// Who has the named semaphores of this process.
enum class Provider {
  kUndecided,
  kKsem,
  kLibc,
};

// Decided once, by KSEM_POSIX_MODE and by whether the kernel has ksem; from
// then on the two are never mixed. As long as there is no ksem to be had, and
// libc is not allowed for, it is undecided.
Provider ChooseProvider();

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_PROVIDER_H_

// SPDX-License-Identifier: MIT
// The word that the kernel shares with us: <uapi/linux/ksem.h>, "The page".
#ifndef KSEM_POSIX_SRC_WORD_H_
#define KSEM_POSIX_SRC_WORD_H_

#include <semaphore.h>

#include <atomic>
#include <cstdint>

#include "fsclient/include/ksem/internal/fast.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

inline std::atomic_ref<__u64> WordOf(sem_t* sem) {
  return std::atomic_ref(reinterpret_cast<ksem_page*>(sem)->word);
}

// Takes a unit without the kernel, if that is possible.
inline bool TakeFast(sem_t* sem) {
  return ksem::internal::take_fast(WordOf(sem), 1);
}

// Gives one, if there is room.
inline bool GiveFast(sem_t* sem) {
  return ksem::internal::give_fast(WordOf(sem), 1);
}

// The units, or -1 if only the kernel can tell.
inline int PeekFast(sem_t* sem) {
  const __u64 seen = WordOf(sem).load(std::memory_order_relaxed);
  return seen & KSEM_WORD_CONTENDED ? -1
                                    : static_cast<int>(KSEM_WORD_UNITS(seen));
}

inline void ForbidFast(sem_t* sem) {
  WordOf(sem).store(KSEM_WORD_CONTENDED, std::memory_order_relaxed);
}

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_WORD_H_

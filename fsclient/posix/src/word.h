// SPDX-License-Identifier: MIT
// The word that the kernel shares with us: <uapi/linux/ksem.h>, "The page".
#ifndef KSEM_POSIX_SRC_WORD_H_
#define KSEM_POSIX_SRC_WORD_H_

#include <semaphore.h>

#include <atomic>
#include <cstdint>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_posix {

inline std::atomic_ref<__u64> WordOf(sem_t* sem) {
  return std::atomic_ref(reinterpret_cast<ksem_page*>(sem)->word);
}

// Takes a unit without the kernel, if that is possible.
inline bool TakeFast(sem_t* sem) {
  const auto word = WordOf(sem);
  __u64 seen = word.load(std::memory_order_relaxed);
  // CONTENDED is the sign of the lower half: above 0 it is clear, and there is
  // a unit.
  while (static_cast<std::int32_t>(seen) > 0) {
    if (word.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire,
                                   std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

// Gives one, if there is room.
inline bool GiveFast(sem_t* sem) {
  const auto word = WordOf(sem);
  __u64 seen = word.load(std::memory_order_relaxed);
  // With CONTENDED the lower half is above every ceiling.
  while (static_cast<std::uint32_t>(seen) < KSEM_WORD_CEILING(seen)) {
    if (word.compare_exchange_weak(seen, seen + 1, std::memory_order_release,
                                   std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
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

// SPDX-License-Identifier: MIT
// Where the units of a semaphore are.  Not for use by others.
#ifndef KSEM_INTERNAL_WORD_H_
#define KSEM_INTERNAL_WORD_H_

#include <atomic>
#include <cstdint>

#include "ksem/internal/fast.h"

namespace ksem::internal {

// Points to the word that the kernel shares with us.
//
// Without a mapping it points to a word of our own that has bit 31 set for
// ever, so that the fast path needn't ask whether there is one.
class Word {
 public:
  static std::uint64_t* nowhere() { return &nowhere_; }

  Word() = default;
  Word(Word&& other) noexcept : at_(other.at_.exchange(nowhere())) {}
  Word& operator=(Word&& other) noexcept {
    at_.store(other.at_.exchange(nowhere()));
    return *this;
  }

  // Other threads may be using it.
  void point_to(std::uint64_t* word) {
    // Don't take the pointer from their caches for nothing.
    if (at_.load(std::memory_order_relaxed) != word) at_.store(word);
  }

  bool take(int n) const { return take_fast(here(), n); }
  bool give(int n) const { return give_fast(here(), n); }

 private:
  // Acquire, for the word to be there when its address is.
  std::atomic_ref<std::uint64_t> here() const {
    return std::atomic_ref(*at_.load(std::memory_order_acquire));
  }

  inline static std::uint64_t nowhere_ = 0x80000000;

  std::atomic<std::uint64_t*> at_{nowhere()};
};

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_WORD_H_

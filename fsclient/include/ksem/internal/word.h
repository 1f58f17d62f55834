// SPDX-License-Identifier: MIT
// Taking and giving units without a system call.  Not for use by others.
#ifndef KSEM_INTERNAL_WORD_H_
#define KSEM_INTERNAL_WORD_H_

#include <atomic>
#include <cstdint>

namespace ksem::internal {

// Points to the word that the kernel shares with us.  It has units in bits 0 to
// 30 and the ceiling in bits 32 to 62; bit 31 says that only the kernel may
// change it.
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

  // False if that takes the kernel, also to say what is wrong with `n`.
  bool take(int n) const {
    const auto word = here();
    std::uint64_t seen = word.load(std::memory_order_relaxed);
    for (int tries = kTries; tries > 0; tries--) {
      // Bit 31 is the sign.
      if (n < 1 || n > static_cast<std::int32_t>(seen)) return false;
      const std::uint64_t left = seen - static_cast<std::uint32_t>(n);
      if (word.compare_exchange_weak(seen, left, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  bool give(int n) const {
    const auto word = here();
    std::uint64_t seen = word.load(std::memory_order_relaxed);
    for (int tries = kTries; tries > 0; tries--) {
      // With bit 31 these are more than any ceiling.
      const std::uint64_t units = static_cast<std::uint32_t>(seen);
      const auto more = static_cast<std::uint32_t>(n);
      if (n < 1 || units + more > seen >> 32) return false;
      if (word.compare_exchange_weak(seen, seen + more,
                                     std::memory_order_release,
                                     std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

 private:
  // Somebody may write to it all the time.
  static constexpr int kTries = 8;

  // Acquire, for the word to be there when its address is.
  std::atomic_ref<std::uint64_t> here() const {
    return std::atomic_ref(*at_.load(std::memory_order_acquire));
  }

  inline static std::uint64_t nowhere_ = 0x80000000;

  std::atomic<std::uint64_t*> at_{nowhere()};
};

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_WORD_H_

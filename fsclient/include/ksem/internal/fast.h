// SPDX-License-Identifier: MIT
// Taking and giving units without a system call.  Not for use by others.
//
// `word` is what the kernel shares with programs.  It has units in bits 0 to 30
// and the ceiling in bits 32 to 62; bit 31 says that only the kernel may change
// it.  U64 is either of the language's types that have 64 bits.
#ifndef KSEM_INTERNAL_FAST_H_
#define KSEM_INTERNAL_FAST_H_

#include <atomic>
#include <cstdint>

namespace ksem::internal {

enum class Attempt { kDone, kOnlyByKernel, kAgain };

// The kernel also says what is wrong with `n`.
template <typename U64>
Attempt attempt_take(std::atomic_ref<U64> word, int n) {
  U64 seen = word.load(std::memory_order_relaxed);
  // Bit 31 is the sign.
  if (n < 1 || n > static_cast<std::int32_t>(seen)) {
    return Attempt::kOnlyByKernel;
  }
  const U64 left = seen - static_cast<std::uint32_t>(n);
  return word.compare_exchange_weak(seen, left, std::memory_order_acquire,
                                    std::memory_order_relaxed)
             ? Attempt::kDone
             : Attempt::kAgain;
}

template <typename U64>
Attempt attempt_give(std::atomic_ref<U64> word, int n) {
  U64 seen = word.load(std::memory_order_relaxed);
  // With bit 31 these are more than any ceiling.
  const U64 units = static_cast<std::uint32_t>(seen);
  const U64 ceiling = static_cast<std::uint32_t>(seen >> 32);
  const auto more = static_cast<std::uint32_t>(n);
  // One instruction less for one unit than units + more > ceiling.
  if (n < 1 || units + (more - 1) >= ceiling) return Attempt::kOnlyByKernel;
  return word.compare_exchange_weak(seen, seen + more,
                                    std::memory_order_release,
                                    std::memory_order_relaxed)
             ? Attempt::kDone
             : Attempt::kAgain;
}

// Another processor was quicker: leaves the cache line to it for a moment, well
// below a microsecond.  Two that both try again at once get less done together
// than one of them alone: `contended-4` in docs/benchmarks.md.
inline void back_off() {
  for (int i = 0; i < 8; i++) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
  }
}

// A few times, as somebody may write to it all the time.  Not inline, so that
// it costs nothing where the first attempt does.
template <auto attempt, typename U64>
[[gnu::noinline, gnu::cold]] bool attempt_again(std::atomic_ref<U64> word,
                                                int n) {
  for (int tries = 7; tries > 0; tries--) {
    back_off();
    const Attempt result = attempt(word, n);
    if (result != Attempt::kAgain) return result == Attempt::kDone;
  }
  return false;
}

template <auto attempt, typename U64>
bool attempt_fast(std::atomic_ref<U64> word, int n) {
  const Attempt result = attempt(word, n);
  if (result != Attempt::kAgain) [[likely]]
    return result == Attempt::kDone;
  return attempt_again<attempt>(word, n);
}

// False if it takes the kernel.
template <typename U64>
bool take_fast(std::atomic_ref<U64> word, int n) {
  return attempt_fast<attempt_take<U64>>(word, n);
}

template <typename U64>
bool give_fast(std::atomic_ref<U64> word, int n) {
  return attempt_fast<attempt_give<U64>>(word, n);
}

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_FAST_H_

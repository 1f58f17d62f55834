// SPDX-License-Identifier: MIT
// Where our semaphores are.
//
// A sem_t of ours is the page that its handle shares with the kernel, mapped
// into a range of addresses that is reserved for them. So the address tells,
// without a look at what is there, whether a semaphore is ours or the C
// library's, and it is at once the address of the word.
#ifndef KSEM_POSIX_SRC_ARENA_H_
#define KSEM_POSIX_SRC_ARENA_H_

#include <semaphore.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ksem_posix {

// With pages of 4 KiB, as many semaphores as a process may have mappings.
inline constexpr std::size_t kArenaBytes = std::size_t{1} << 28;
inline constexpr std::size_t kSmallestPage = 4096;
inline constexpr std::size_t kMaxPlaces = kArenaBytes / kSmallestPage;

// The last address; until the arena is reserved, where no program has any.
// Hidden where it is used, too: that saves looking up where it is.
extern std::atomic<std::uintptr_t> arena_last
    __attribute__((visibility("hidden")));

// The same, as long as the program has never cancelled a thread.
extern std::atomic<std::uintptr_t> uncancelled_last
    __attribute__((visibility("hidden")));

// How far it is to the end tells, with one subtraction. A caller with a
// semaphore of ours has got it after the arena was reserved.
inline bool IsBefore(const std::atomic<std::uintptr_t>& last,
                     const sem_t* sem) {
  return last.load(std::memory_order_relaxed) -
             reinterpret_cast<std::uintptr_t>(sem) <
         kArenaBytes;
}

inline bool IsOurs(const sem_t* sem) { return IsBefore(arena_last, sem); }

// Whether it is ours, and no thread can have been cancelled.
inline bool IsOursUncancelled(const sem_t* sem) {
  return IsBefore(uncancelled_last, sem);
}

// A thread is about to be cancelled.
void BeginToCancel();

// Reserves it if that is still to be done. False with errno set. Not to be
// called by two threads at once.
bool ReserveArena();

std::size_t Places();
sem_t* Place(std::size_t index);
// The index, or Places() if no semaphore of ours begins there.
std::size_t IndexOf(const sem_t* sem);

// Puts the page of a handle into a place, or, if it can't be mapped, one that
// sends everybody to the kernel. False with errno set.
bool MapPlace(std::size_t index, int handle);
// From then on a use of it crashes, as with the C library.
void UnmapPlace(std::size_t index);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_ARENA_H_

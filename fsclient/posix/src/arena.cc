// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fsclient/posix/src/word.h"

namespace ksem_posix {
namespace {

// No semaphore is so near to the end of all addresses.
constexpr std::uintptr_t kNowhere = UINTPTR_MAX;
constexpr std::uintptr_t kCancelled = UINTPTR_MAX - 1;

std::size_t PageSize() { return getpagesize(); }

std::uintptr_t Base() {
  return arena_last.load(std::memory_order_relaxed) - (kArenaBytes - 1);
}

}  // namespace

constinit std::atomic<std::uintptr_t> arena_last = kNowhere;
constinit std::atomic<std::uintptr_t> uncancelled_last = kNowhere;

bool ReserveArena() {
  if (arena_last.load(std::memory_order_relaxed) != kNowhere) return true;
  void* arena = mmap(nullptr, kArenaBytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) return false;
  const auto last = reinterpret_cast<std::uintptr_t>(arena) + (kArenaBytes - 1);
  arena_last.store(last, std::memory_order_relaxed);
  std::uintptr_t before = kNowhere;
  uncancelled_last.compare_exchange_strong(before, last);
  return true;
}

void BeginToCancel() { uncancelled_last.store(kCancelled); }

std::size_t Places() { return kArenaBytes / PageSize(); }

sem_t* Place(std::size_t index) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<sem_t*>(Base() + index * PageSize());
}

std::size_t IndexOf(const sem_t* sem) {
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(sem) - Base();
  return offset % PageSize() == 0 ? offset / PageSize() : Places();
}

// Moved there when all is well: with MAP_FIXED, a handle that the kernel
// refuses would leave a hole, and another thread's mmap() could get that.
bool MapPlace(std::size_t index, int handle) {
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  const std::size_t size = PageSize();
  void* page = mmap(nullptr, size, kAccess, MAP_SHARED, handle, 0);
  // Off limits, by "mappable" or "undo".
  if (page == MAP_FAILED && errno == EPERM) {
    page = mmap(nullptr, size, kAccess, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) ForbidFast(static_cast<sem_t*>(page));
  }
  if (page == MAP_FAILED) return false;
  if (mremap(page, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, Place(index)) !=
      MAP_FAILED) {
    return true;
  }
  const int error = errno;
  munmap(page, size);
  errno = error;
  return false;
}

void UnmapPlace(std::size_t index) {
  static_cast<void>(
      mmap(Place(index), PageSize(), PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0));
}

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/table.h"

#include <errno.h>

#include <atomic>
#include <cstddef>

#include "fsclient/posix/src/arena.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/text.h"

namespace ksem_posix {

using ksem_preload::CloseFile;
using ksem_preload::HoldOffForks;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::kNameMax;
using ksem_preload::Locked;
using ksem_preload::NameDevice;
using ksem_preload::OpenDevice;
using ksem_preload::Text;

namespace {

// What stands for a handle if there is none. No handle is below 3.
constexpr int kNotOpen = 0;
constexpr int kLost = -2;

struct Entry {
  Identity identity;
  unsigned opens = 0;
  std::atomic<int> handle = kNotOpen;
};

// One for each place of the arena; all zeros, so untouched pages cost nothing.
// From `used` on none has ever been needed. The lock guards all but the
// handles.
constinit Entry entries[kMaxPlaces];
constinit std::size_t used = 0;

// The semaphore that has this device now.
int ReopenDevice(dev_t device) {
  Text<kNameMax + 1> name;
  return NameDevice(device, &name) ? OpenDevice(name.c_str()) : -1;
}

std::size_t Find(const Identity& identity) {
  for (std::size_t i = 0; i < used; ++i) {
    if (entries[i].opens > 0 && entries[i].identity == identity) return i;
  }
  return Places();
}

std::size_t FindFree() {
  std::size_t i = 0;
  while (i < used && entries[i].opens > 0) ++i;
  return i;
}

// If there is one with this number, the program has closed it under our feet.
void ForgetNumber(int handle) {
  for (std::size_t i = 0; i < used; ++i) {
    int same = handle;
    entries[i].handle.compare_exchange_strong(same, kLost,
                                              std::memory_order_relaxed);
  }
}

sem_t* AddNew(const Identity& identity, int handle) {
  const std::size_t index = FindFree();
  if (index == Places()) {
    errno = EMFILE;
    return SEM_FAILED;
  }
  if (!MapPlace(index, handle)) return SEM_FAILED;
  if (index == used) ++used;
  entries[index].identity = identity;
  entries[index].opens = 1;
  entries[index].handle.store(handle, std::memory_order_relaxed);
  return Place(index);
}

}  // namespace

sem_t* AddOpen(int handle) {
  const Locked locked;
  Identity identity;
  sem_t* sem = SEM_FAILED;
  // A child must not be born with the lock held by a thread that it lacks.
  if (HoldOffForks() && ReserveArena() && Identify(handle, &identity)) {
    ForgetNumber(handle);
    const std::size_t index = Find(identity);
    if (index == Places()) {
      sem = AddNew(identity, handle);
      if (sem != SEM_FAILED) return sem;
    } else {
      ++entries[index].opens;
      sem = Place(index);
    }
  }
  CloseFile(handle);
  return sem;
}

bool DropOpen(sem_t* sem) {
  const Locked locked;
  const std::size_t index = IndexOf(sem);
  if (index >= used || entries[index].opens == 0) {
    errno = EINVAL;
    return false;
  }
  if (--entries[index].opens == 0) {
    UnmapPlace(index);
    const int handle =
        entries[index].handle.exchange(kNotOpen, std::memory_order_relaxed);
    Identity identity;
    if (Identify(handle, &identity) && identity == entries[index].identity) {
      CloseFile(handle);
    }
  }
  return true;
}

int HandleOf(const sem_t* sem) {
  const std::size_t index = IndexOf(sem);
  const int handle = index < Places()
                         ? entries[index].handle.load(std::memory_order_relaxed)
                         : kNotOpen;
  if (handle != kNotOpen) return handle;
  errno = EINVAL;
  return -1;
}

bool RestoreHandle(const sem_t* sem, int* handle) {
  const int error = errno;
  if (error != EBADF && error != ENOTTY) return false;
  Entry& entry = entries[IndexOf(sem)];
  const int opened = ReopenDevice(entry.identity.device);
  Identity identity;
  const bool restored =
      Identify(opened, &identity) && identity == entry.identity;
  if (restored && entry.handle.compare_exchange_strong(
                      *handle, opened, std::memory_order_relaxed)) {
    *handle = opened;
  } else if (opened >= 0) {
    // If it was the right one, another thread was faster: `*handle` is its.
    CloseFile(opened);
  }
  errno = error;
  return restored;
}

}  // namespace ksem_posix

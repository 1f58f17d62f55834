// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/table.h"

#include <errno.h>

#include <cstddef>

#include "fsclient/posix/src/arena.h"
#include "fsclient/preload/src/descriptors.h"
#include "fsclient/preload/src/device.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/preload/src/text.h"

namespace ksem_posix {

using ksem_preload::AskIdentity;
using ksem_preload::CloseFile;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::IsSemaphore;
using ksem_preload::kNameMax;
using ksem_preload::kNoDescriptor;
using ksem_preload::Locked;
using ksem_preload::Lose;
using ksem_preload::NameDevice;
using ksem_preload::OpenDevice;
using ksem_preload::Owner;
using ksem_preload::SetOwner;
using ksem_preload::Text;

namespace {

struct Entry {
  Identity identity;
  __u64 id = 0;  // 0: not open
  unsigned opens = 0;
  Owner handle = kNoDescriptor;
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

sem_t* AddNew(const Identity& identity, __u64 id, int device) {
  const std::size_t index = FindFree();
  if (index == Places()) {
    errno = EMFILE;
    return SEM_FAILED;
  }
  if (!MapPlace(index, device)) return SEM_FAILED;
  if (index == used) ++used;
  entries[index].identity = identity;
  entries[index].id = id;
  entries[index].opens = 1;
  SetOwner(device, &entries[index].handle);
  return Place(index);
}

bool OpenAnew(Entry* entry) {
  const int device = ReopenDevice(entry->identity.device);
  if (device < 0) return false;
  __u64 id;
  if (AskIdentity(device, &id) && id == entry->id) {
    SetOwner(device, &entry->handle);
    return true;
  }
  CloseFile(device);
  return false;
}

// The errors that a request is answered with whose semaphore is the right one.
bool IsAnswer(int error) {
  return error == EAGAIN || error == EINTR || error == ETIMEDOUT;
}

}  // namespace

sem_t* AddOpen(const char* name, int device) {
  if (device < 0) return SEM_FAILED;
  Identity identity;
  __u64 id;
  sem_t* sem = SEM_FAILED;
  if (ReserveArena() && IsSemaphore(name, device, &id) &&
      Identify(device, &identity)) {
    const std::size_t index = Find(identity);
    if (index == Places()) {
      sem = AddNew(identity, id, device);
      if (sem != SEM_FAILED) return sem;
    } else {
      ++entries[index].opens;
      sem = Place(index);
    }
  }
  CloseFile(device);
  return sem;
}

bool DropOpen(sem_t* sem) {
  const Locked locked;
  const std::size_t index = IndexOf(sem);
  if (index >= used || entries[index].opens == 0) {
    errno = EINVAL;
    return false;
  }
  Entry& entry = entries[index];
  if (--entry.opens > 0) return true;
  UnmapPlace(index);
  const int number = entry.handle.load(std::memory_order_relaxed);
  Identity identity;
  const bool ours = number != kNoDescriptor && Identify(number, &identity) &&
                    identity == entry.identity;
  Lose(&entry.handle);
  if (ours) CloseFile(number);
  entry.id = 0;
  return true;
}

bool GetHandle(const sem_t* sem, Handle* handle) {
  const std::size_t index = IndexOf(sem);
  if (index >= Places() || entries[index].id == 0) {
    errno = EINVAL;
    return false;
  }
  const int number = entries[index].handle.load(std::memory_order_relaxed);
  handle->number = number == kNoDescriptor ? -1 : number;
  handle->id = entries[index].id;
  return true;
}

bool IsOurs(const Handle& handle) {
  if (ksem_preload::IsOurs(handle.number)) return true;
  errno = EBADF;
  return false;
}

bool RestoreHandle(const sem_t* sem, const Handle& handle) {
  const int error = errno;
  if (IsAnswer(error)) return false;
  const Locked locked;
  Entry& entry = entries[IndexOf(sem)];
  const int number = entry.handle.load(std::memory_order_relaxed);
  // The register has moved it, or another thread has opened it anew.
  if (number != kNoDescriptor && number != handle.number) return true;
  if (number != kNoDescriptor && ksem_preload::IsOurs(number)) {
    __u64 id;
    // If a filter refuses requests, standard error is told.
    const bool answers = AskIdentity(number, &id);
    errno = error;
    // It wasn't then: another thread has opened it anew, by the same number.
    return error == EBADF && answers;
  }
  Lose(&entry.handle);
  const bool opened = OpenAnew(&entry);
  errno = opened ? error : EBADF;
  return opened;
}

}  // namespace ksem_posix

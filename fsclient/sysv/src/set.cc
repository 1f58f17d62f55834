// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <atomic>
#include <new>

#include "fsclient/preload/src/beginning.h"
#include "fsclient/preload/src/lock.h"
#include "fsclient/sysv/src/door.h"
#include "fsclient/sysv/src/life.h"

namespace ksem_sysv {

using ksem_preload::AtFork;
using ksem_preload::HoldOffForks;
using ksem_preload::Identify;
using ksem_preload::Identity;
using ksem_preload::Locked;
using ksem_preload::NameDevice;
using ksem_preload::OpenDevice;
using ksem_preload::ReadBeginning;

struct Set {
  // kThere as long as it can be found, and kUser for each thread that uses it.
  // At 0 it is free for another one.
  std::atomic<unsigned> state = 0;
  std::atomic<int> id = 0;
  Set* next = nullptr;

  // These stay as they are for as long as somebody uses it.
  Name name;
  Notes notes;
  Identity identity;
  unsigned size = 0;
  Door gate;
  Door* members = nullptr;
};

namespace {

constexpr unsigned kThere = 1;
constexpr unsigned kUser = 2;

// Only grows, at its beginning, under the lock.
constinit std::atomic<Set*> sets = nullptr;

// malloc() can't be had in a signal handler.
void* AllocateZeros(size_t size) {
  void* zeros = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return zeros == MAP_FAILED ? nullptr : zeros;
}

template <typename Function>
void ForEachDoor(Set* set, Function function) {
  function(&set->notes.door());
  function(&set->gate);
  for (unsigned i = 0; i < set->size; ++i) function(&set->members[i]);
}

void CloseDoors(Set* set) {
  ForEachDoor(set, [](Door* door) { door->Close(); });
}

// A child has its own, for what is to be undone when it ends. Of its users only
// the thread that forked is left; if there were others, a set that is removed
// later isn't cleared up.
void RenewAll() {
  for (Set* set = sets.load(); set != nullptr; set = set->next) {
    if (set->state.load() == 0) continue;
    set->gate.Renew();
    for (unsigned i = 0; i < set->size; ++i) set->members[i].Renew();
  }
}

void Clear(Set* set) {
  CloseDoors(set);
  if (set->members != nullptr) munmap(set->members, set->size * sizeof(Door));
  set->members = nullptr;
  set->size = 0;
  set->state.store(0, std::memory_order_release);
}

void Release(Set* set) {
  unsigned state = set->state.load();
  do {
    if (state == kUser) {
      // It can't be found, so nobody else will come.
      const Locked locked;
      Clear(set);
      return;
    }
  } while (!set->state.compare_exchange_weak(state, state - kUser));
}

bool Acquire(Set* set, int id) {
  unsigned state = set->state.load();
  do {
    if (!(state & kThere) || set->id.load() != id) return false;
  } while (!set->state.compare_exchange_weak(state, state + kUser));
  // It may have become another one meanwhile, but not under the lock.
  if (set->id.load() == id) return true;
  Release(set);
  return false;
}

Set* Find(int id) {
  for (Set* set = sets.load(); set != nullptr; set = set->next) {
    if (Acquire(set, id)) return set;
  }
  return nullptr;
}

Set* FindFree() {
  for (Set* set = sets.load(); set != nullptr; set = set->next) {
    if (set->state.load() == 0) return set;
  }
  void* memory = AllocateZeros(sizeof(Set));
  if (memory == nullptr) return nullptr;
  Set* set = new (memory) Set;
  set->next = sets.load();
  sets.store(set);
  return set;
}

// 0 if there is no ksem.
unsigned Major() {
  constexpr char kDriver[] = " ksem\n";
  char text[4096];
  if (!ReadBeginning("/proc/devices", text)) return 0;
  const char* end = strstr(text, kDriver);
  if (end == nullptr) return 0;
  const char* begin = end;
  while (begin > text && begin[-1] != '\n') --begin;
  return strtoul(begin, nullptr, 10);
}

// What the kernel has under this number; its notes tell whether it is a set.
bool Fill(Set* set, int id) {
  set->name = Name();
  if (!NameDevice(makedev(Major(), id), &set->name) ||
      !Identify(set->name.c_str(), &set->identity) ||
      IdOf(set->identity) != id || !set->notes.Open(set->name) ||
      !set->notes.AreOf(set->identity)) {
    return false;
  }
  const unsigned size = set->notes.Members();
  void* members = size > 0 ? AllocateZeros(size * sizeof(Door)) : nullptr;
  if (members == nullptr) return false;
  set->members = static_cast<Door*>(members);
  set->size = size;
  return true;
}

// The set, used; null with EINVAL if there is none.
Set* Attach(int id) {
  const Locked locked;
  Set* set = Find(id);
  if (set != nullptr) return set;
  AtFork(RenewAll);
  set = HoldOffForks() ? FindFree() : nullptr;
  if (set == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  if (!Fill(set, id)) {
    Clear(set);
    errno = EINVAL;
    return nullptr;
  }
  set->id.store(id);
  set->state.store(kThere + kUser);
  return set;
}

bool Forbid(Set* set) {
  // Without permission to alter it there can be nothing to undo here: the next
  // call may find that the caller, or the set, has changed.
  if (!set->notes.writable()) set->state.fetch_and(~kThere);
  errno = EACCES;
  return false;
}

// The set's semaphores have gone with their names.
int Opened(const Door& door, bool opened) {
  if (opened) return door.number();
  if (errno == ENOENT || errno == ENXIO) errno = EIDRM;
  return -1;
}

// The door's number, after `open` if it has none.
template <typename Open>
int OpenOnce(const Door& door, Open open) {
  if (door.number() != 0) return door.number();
  const Locked locked;
  if (door.number() != 0) return door.number();
  return Opened(door, open());
}

}  // namespace

Use::Use(int id)
    : set_([id] {
        Set* found = Find(id);
        return found != nullptr ? found : Attach(id);
      }()) {}

Use::~Use() {
  if (set_ != nullptr) Release(set_);
}

const Name& Use::name() const { return set_->name; }
unsigned Use::size() const { return set_->size; }
const Identity& Use::identity() const { return set_->identity; }

bool Use::MayRead() const { return set_->notes.readable() || Forbid(set_); }
bool Use::MayAlter() const { return set_->notes.writable() || Forbid(set_); }

const Notes* Use::OpenNotes() const {
  Notes& notes = set_->notes;
  if (notes.door().IsOpen()) return &notes;
  const Locked locked;
  if (notes.door().IsOpen()) return &notes;
  return Opened(notes.door(), notes.OpenAgain(set_->name)) < 0 ? nullptr
                                                               : &notes;
}

int Use::Gate() const {
  Door& door = set_->gate;
  return OpenOnce(door, [&] {
    if (!door.Set(OpenDevice(set_->name.c_str(), O_RDONLY))) return false;
    if (door.identity() == set_->identity) return true;
    door.Close();
    errno = EIDRM;
    return false;
  });
}

int Use::Member(unsigned member) const {
  Door& door = set_->members[member];
  return OpenOnce(door, [&] {
    return door.Set(OpenDevice(NameMember(set_->name, member).c_str()));
  });
}

bool Use::Restore() const {
  const int error = errno;
  if (error == EAGAIN || error == EINTR || error == ETIMEDOUT) return false;
  const Locked locked;
  bool lost = false;
  ForEachDoor(set_, [&](Door* door) {
    if (door->number() == 0 || door->IsOpen()) return;
    door->Lose();
    lost = true;
  });
  errno = error;
  return lost;
}

void Use::Forget() const { set_->state.fetch_and(~kThere); }

}  // namespace ksem_sysv

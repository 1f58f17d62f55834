// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/set.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <atomic>
#include <new>

#include "fsclient/preload/src/lock.h"
#include "fsclient/sysv/src/door.h"
#include "fsclient/sysv/src/gate.h"
#include "fsclient/sysv/src/limits.h"

namespace ksem_sysv {

using ksem_preload::AskIdentity;
using ksem_preload::AtFork;
using ksem_preload::CloseFile;
using ksem_preload::Locked;
using ksem_preload::SystemStat;

struct Set {
  // kThere as long as it can be found, and kUser for each thread that uses it.
  // At 0 it is free for another one.
  std::atomic<unsigned> state = 0;
  std::atomic<int> id = 0;
  Set* next = nullptr;

  // These stay as they are for as long as somebody uses it.
  Name name;
  __u64 identity = 0;
  unsigned size = 0;
  unsigned max_operations = 0;
  key_t key = 0;

  Door gate;
  // What the gate was opened for; without a gate both are false.
  bool readable = false;
  bool writable = false;
  // This is a child, and the gate was opened with its parent's rights.
  std::atomic<bool> is_inherited = false;
};

namespace {

constexpr unsigned kThere = 1;
constexpr unsigned kUser = 2;

// Only grows, at its beginning, under the lock.
constinit std::atomic<Set*> sets = nullptr;

// Which of them ClearRemoved() has looked at last.
constinit Set* looked_at = nullptr;

// malloc() can't be had in a signal handler.
void* AllocateZeros(size_t size) {
  void* zeros = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return zeros == MAP_FAILED ? nullptr : zeros;
}

// A child has its own, for what is to be undone when it ends. Of its users only
// the thread that forked is left; if there were others, a set that is removed
// later isn't cleared up. Without a fork, this undoes.
void RenewAll() {
  for (Set* set = sets.load(); set != nullptr; set = set->next) {
    if (set->state.load() == 0) continue;
    set->gate.Renew();
    set->is_inherited.store(true);
  }
}

// By the directories that /proc has of a process' threads. Of those that there
// have been, __libc_single_threaded tells, too.
bool IsOnlyThread() {
  constexpr unsigned kLinks = 2;
  struct statx tasks = {};
  return SystemStat("/proc/self/task", &tasks) && tasks.stx_nlink == kLinks + 1;
}

void Clear(Set* set) {
  set->gate.Close();
  set->is_inherited.store(false);
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

bool IsRemoved(const Set& set) {
  const int gate = set.gate.number();
  ksem_ioc_info info = {};
  return set.gate.IsOpen() && Ask(gate, KSEM_IOC_INFO, &info) &&
         info.id == set.identity && (info.flags & KSEM_INFO_SHUTDOWN);
}

// Nobody tells this process of sets that others remove, and each has a
// descriptor. Called when one is added, so two looks are enough: those that are
// removed become no more than those that are left.
void ClearRemoved() {
  for (int looks = 0; looks < 2; ++looks) {
    if (looked_at != nullptr) looked_at = looked_at->next;
    if (looked_at == nullptr) looked_at = sets.load();
    if (looked_at == nullptr || !IsRemoved(*looked_at)) continue;
    // Not if somebody uses it.
    unsigned unused = kThere;
    if (looked_at->state.compare_exchange_strong(unused, 0)) Clear(looked_at);
  }
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

// False with errno set: EIDRM if the set is removed.
bool Open(Set* set) {
  GateHandle gate;
  ksem_ioc_info info = {};
  if (!OpenGate(set->name, &gate)) {
    // The set's semaphores have gone with their names.
    if (errno == ENOENT || errno == ENXIO) errno = EIDRM;
    return false;
  }
  if (!Ask(gate.fd, KSEM_IOC_INFO, &info) || info.id != set->identity) {
    CloseFile(gate.fd);
    errno = EIDRM;
    return false;
  }
  set->gate.Close();
  if (!set->gate.Set(gate.fd)) return false;
  set->readable = gate.readable;
  set->writable = gate.writable;
  // Not before: a thread that takes the old handle for ours would have its
  // operation undone when that is closed.
  set->is_inherited.store(false);
  return true;
}

// Of a gate that is inherited: whether this process may use it. Where it finds
// no node, as in another root directory, it may if its parent did.
bool MayUse(Set* set) {
  if (Open(set)) return true;
  if (errno == EACCES) {
    set->gate.Close();
    return false;
  }
  set->is_inherited.store(false);
  return set->gate.number() != 0;
}

bool HasGate(Set* set) {
  if (set->gate.number() == 0) return Open(set);
  return !set->is_inherited.load() || MayUse(set);
}

// A user who may neither read nor alter the set has no handle of its gate.
bool Fill(Set* set, int id) {
  ksem_ioc_find found;
  if (!FindSetOf(id, &found)) return false;
  set->name = Name();
  set->name.Add(found.name);
  set->identity = found.id;
  set->size = found.members;
  set->max_operations = ReadLimits().operations;
  set->key = static_cast<key_t>(found.key);
  set->readable = false;
  set->writable = false;
  return Open(set) || errno == EACCES;
}

// There may be one, but this process can't get it now.
bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

// The set, used. Null with errno set: EINVAL if there is none.
Set* Attach(int id) {
  const Locked locked;
  Set* set = Find(id);
  if (set != nullptr) return set;
  AtFork(RenewAll);
  ClearRemoved();
  set = FindFree();
  if (set == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  if (!Fill(set, id)) {
    Clear(set);
    if (!IsShortage(errno)) errno = EINVAL;
    return nullptr;
  }
  set->id.store(id);
  set->state.store(kThere + kUser);
  return set;
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

int Use::id() const { return set_->id.load(); }
const Name& Use::name() const { return set_->name; }
unsigned Use::size() const { return set_->size; }
unsigned Use::max_operations() const { return set_->max_operations; }
key_t Use::key() const { return set_->key; }
__u64 Use::identity() const { return set_->identity; }

int Use::Gate() const {
  const Door& door = set_->gate;
  const int number = door.number();
  if (number != 0 && !set_->is_inherited.load(std::memory_order_relaxed)) {
    return number;
  }
  const Locked locked;
  if (HasGate(set_)) return door.number();
  Heed(errno);
  return -1;
}

bool Use::IsGate(int number) const {
  if (number == set_->gate.number() && set_->gate.IsOpen()) return true;
  errno = EBADF;
  return false;
}

void Use::Heed(int error) const {
  // Without permission to alter it there can be nothing to undo here: the next
  // call may find that the caller, or the set, has changed.
  if (error == EIDRM || (error == EACCES && !set_->writable)) Forget();
}

bool Use::Restore(int used) const {
  const int error = errno;
  if ((error == EAGAIN || error == EINTR) && IsGate(used)) {
    errno = error;
    return false;
  }
  const Locked locked;
  Door& gate = set_->gate;
  if (gate.number() == used && !gate.IsOpen()) gate.Lose();
  // Or the register has moved it.
  const bool same = gate.number() == used;
  __u64 id;
  // If a filter refuses requests, standard error is told.
  const bool answers = same && AskIdentity(used, &id);
  if (same) Heed(error);
  errno = error;
  // EINTR: a handler has run, so the call ends, whatever the file was. EBADF:
  // another thread may have opened the gate anew, by the same number.
  return error != EINTR && (!same || (error == EBADF && answers));
}

void Use::Forget() const { set_->state.fetch_and(~kThere); }

void LeaveAccounts() {
  const Locked locked;
  if (IsOnlyThread()) RenewAll();
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
// The kernel's users: calls of a module, and attempts to remove the modules.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"
#include "tests/support/eventually.h"

namespace ksem_test {
namespace {

Errno TakeBy(Racer& r, const char* call) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  return Take(r.plain(sem), units,
              [&] { return r.user(sem).Call(call, units); });
}

Errno Wait(Racer& r) { return TakeBy(r, "wait"); }
Errno TimedWait(Racer& r) { return TakeBy(r, "timedwait_50ms"); }
Errno TryWait(Racer& r) { return TakeBy(r, "trywait"); }

Errno Post(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  return Give(r.plain(sem), units,
              [&] { return r.user(sem).Call("post", units); });
}

Errno GetAndPut(Racer& r) { return r.user(r.AnySemaphore()).Call("get_put"); }

Errno RemoveModules(Racer& r) {
  return UnloadModule(r.OneIn(2) ? "ksem" : "ksem_test");
}

Errno AsyncAndCancel(Racer& r) {
  const int sem = r.own_semaphore();
  const int units = r.AnyUnits();
  const KernelUser& user = r.user(sem);
  return Take(r.plain(sem), units, [&]() -> Errno {
    if (const Errno error = user.Call("async", units)) return error;
    usleep(r.Below(500));
    const Errno error = user.Call(r.OneIn(2) ? "cancel" : "cancel_sync");
    if (!error) return ECANCELED;
    if (error != ENOENT) return error;
    // Granted, or shut down; its callback may still be about to run.
    if (user.Call("cancel_sync") != ENOENT) return kWrongAnswer;
    return -user.Get("granted_err");
  });
}

// So many calls from a timer's interrupt; how many have worked.
int CallFromInterrupts(const KernelUser& user, const char* call, int times) {
  if (user.Call(call, times)) return -1;
  if (!Eventually([&] { return user.Get("irq_left") == 0; })) return -1;
  return user.Get("irq_done");
}

Errno TryWaitInInterrupt(Racer& r) {
  const int sem = r.own_semaphore();
  const int done =
      CallFromInterrupts(r.user(sem), "irq_trywait", 1 + r.Below(10));
  if (done < 0) return kWrongAnswer;
  r.plain(sem).Settle(done);
  return done ? 0 : EAGAIN;
}

Errno PostInInterrupt(Racer& r) {
  const int sem = r.own_semaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  if (units <= 0) return kNothingToDo;
  const int done = CallFromInterrupts(r.user(sem), "irq_post", units);
  if (done < 0) return kWrongAnswer;
  r.plain(sem).Settle(-done);
  return done ? 0 : EOVERFLOW;
}

}  // namespace

std::vector<Operation> KernelOperations() {
  return {
      {"kernel wait", Wait, {EINTR}},
      {"kernel timedwait", TimedWait, {EINTR, ETIMEDOUT}},
      {"kernel trywait", TryWait, {EAGAIN}},
      {"kernel post", Post, {EOVERFLOW}, kGiving},
      {"kernel get, put", GetAndPut, {}},
      // Refused, since the semaphores are there.
      {"rmmod", RemoveModules, {EAGAIN, EINTR}},
  };
}

std::vector<Operation> RequestOperations() {
  return {
      {"async, cancel", AsyncAndCancel, {ECANCELED}},
      {"trywait in an interrupt", TryWaitInInterrupt, {EAGAIN}},
      {"post in an interrupt", PostInInterrupt, {EOVERFLOW}},
  };
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// The files of configfs and sysfs, each opened anew.
#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"

namespace ksem_test {
namespace {

Errno TakeBy(Racer& r, const char* file) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  return Take(r.plain(sem), units, [&] {
    return r.semaphore(sem).Set(file, std::to_string(units));
  });
}

Errno Wait(Racer& r) { return TakeBy(r, "wait"); }
Errno TryWait(Racer& r) { return TakeBy(r, "trywait"); }

Errno ReadWait(Racer& r) {
  const int sem = r.AnySemaphore();
  std::string text;
  return Take(r.plain(sem), 1,
              [&] { return ReadFile(r.semaphore(sem).path("wait"), &text); });
}

Errno TimedWait(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  return Take(r.plain(sem), units, [&] {
    return r.semaphore(sem).TimedWait(std::to_string(r.Below(400)) + "us " +
                                      std::to_string(units));
  });
}

Errno Post(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  return Give(r.plain(sem), units,
              [&] { return r.semaphore(sem).Post(std::to_string(units)); });
}

// By one open file, as a shell's redirection of a loop does.
Errno KeepOpen(Racer& r) {
  const int sem = r.AnySemaphore();
  File wait(r.semaphore(sem).path("timedwait"), O_WRONLY);
  File post(r.semaphore(sem).path("post"), O_WRONLY);
  Errno last = 0;
  for (int i = 0; i < 3 && (!last || last == ETIMEDOUT); i++) {
    last = Take(r.plain(sem), 1, [&] { return wait.Write("100us"); });
    if (!last) last = Give(r.plain(sem), 1, [&] { return post.Write("1"); });
  }
  return last;
}

Errno SetMax(Racer& r) {
  const int lower = r.Below(1 + kTightMax - kUnitsAtMost);
  return r.semaphore(kTight).Set("max", std::to_string(kTightMax - lower));
}

Errno SetOrder(Racer& r) {
  return r.semaphore(r.AnySemaphore())
      .Set("order", r.OneIn(2) ? "fifo" : "priority");
}

Errno SetFair(Racer& r) {
  return r.semaphore(r.AnySemaphore()).Set("fair", std::to_string(r.Below(2)));
}

Errno Look(Racer& r) {
  const int sem = r.AnySemaphore();
  std::string value, rest;
  if (const Errno error = ReadFile(r.semaphore(sem).path("value"), &value))
    return error;
  for (const char* file : {"max", "order", "waiters"})
    if (const Errno error = ReadFile(r.semaphore(sem).path(file), &rest))
      return error;
  return sem == kTight && std::atoi(value.c_str()) > kTightMax ? kWrongAnswer
                                                               : 0;
}

// Reads, and polls for a change.
Errno Watch(Racer& r) {
  const int sem = r.AnySemaphore();
  File file(
      ClassPath(r.semaphore(sem).name(), r.OneIn(2) ? "value" : "waiters"),
      O_RDONLY);
  std::string text;
  if (file.error()) return file.error();
  if (const Errno error = file.Read(&text)) return error;
  pollfd poll = {.fd = file.fd(), .events = POLLPRI};
  return Errno::Of(::poll(&poll, 1, r.Below(3)));
}

}  // namespace

std::vector<Operation> FileOperations() {
  return {
      {"wait", Wait, {EINTR}},
      {"read wait", ReadWait, {EINTR}},
      {"timedwait", TimedWait, {EINTR, ETIMEDOUT}},
      {"trywait", TryWait, {EAGAIN}},
      {"post", Post, {EOVERFLOW}, kGiving},
      {"timedwait and post by open files",
       KeepOpen,
       {EINTR, ETIMEDOUT, EOVERFLOW}},
      // EINVAL: below the value.
      {"max", SetMax, {EINVAL}},
      {"order", SetOrder, {EBUSY}},
      {"fair", SetFair, {}},
      {"read all", Look, {}},
      {"poll sysfs", Watch, {EINTR}},
  };
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// The device: handles that threads share, and the page.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/harden/race/limits.h"
#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"

namespace ksem_test {
namespace {

Errno Read(Racer& r) {
  const int sem = r.AnySemaphore();
  char text[2];
  return Take(r.plain(sem), 1, [&] {
    return Errno::Of(read(r.handle(sem).fd(), text, sizeof(text)));
  });
}

Errno Write(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  const std::string text = std::to_string(units);
  return Give(r.plain(sem), units, [&] {
    return Errno::Of(write(r.handle(sem).fd(), text.data(), text.size()));
  });
}

Errno TakeUnits(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  return Take(r.plain(sem), units, [&] {
    return Errno::Of(ioctl(r.handle(sem).fd(), KSEM_IOC_TAKE, units));
  });
}

Errno GiveUnits(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  return Give(r.plain(sem), units, [&] {
    return Errno::Of(ioctl(r.handle(sem).fd(), KSEM_IOC_GIVE, units));
  });
}

Errno WaitFor(Racer& r, int sem, Account& account, unsigned flags) {
  const Limit limit = AnyLimit(r);
  ksem_ioc_wait request = {.units = static_cast<__u32>(r.AnyUnits()),
                           .flags = flags | limit.flags,
                           .timeout = limit.timeout,
                           .clock = limit.clock};
  const Errno error = Take(account, request.units, [&] {
    return r.handle(sem).Request(KSEM_IOC_WAIT, &request);
  });
  return !error && request.taken != request.units ? kWrongAnswer : error;
}

Errno Wait(Racer& r) {
  const int sem = r.AnySemaphore();
  return WaitFor(r, sem, r.plain(sem), 0);
}

Errno UndoWait(Racer& r) {
  const int sem = r.Below(kTight);
  return WaitFor(r, sem, r.undo(sem), KSEM_WAIT_UNDO);
}

Errno PostTo(Racer& r, int sem, Account& account, unsigned flags) {
  const int units = r.UnitsToGive(sem, account);
  return Give(account, units, [&] {
    return r.handle(sem).Post(
        {.units = static_cast<__u32>(units), .flags = flags});
  });
}

Errno Post(Racer& r) {
  const int sem = r.AnySemaphore();
  return PostTo(r, sem, r.plain(sem), 0);
}

Errno UndoPost(Racer& r) {
  const int sem = r.Below(kTight);
  return PostTo(r, sem, r.undo(sem), KSEM_POST_UNDO);
}

Errno Info(Racer& r) {
  const int sem = r.AnySemaphore();
  ksem_ioc_info info = {};
  const Errno error = r.handle(sem).Request(KSEM_IOC_INFO, &info);
  if (error) return error;
  // Other threads of this process have some, too.
  const bool undo = info.undo >= r.undo(sem).balance().units;
  const bool ceiling = sem != kTight || info.value <= kTightMax;
  return undo && ceiling ? 0 : kWrongAnswer;
}

// No more are told than are blocked, and each of them is somebody.
Errno Waiters(Racer& r) {
  ksem_ioc_waiter waiters[KSEM_WAITERS_MAX];
  ksem_ioc_waiters request = {.waiters = reinterpret_cast<uintptr_t>(waiters),
                              .nr = KSEM_WAITERS_MAX,
                              .waiter_size = sizeof(waiters[0])};
  const Errno error =
      r.handle(r.AnySemaphore()).Request(KSEM_IOC_WAITERS, &request);
  if (error) return error;
  for (unsigned i = 0; i < request.nr; i++) {
    const bool task = waiters[i].way != KSEM_WAY_CALLBACK;
    if (task != (waiters[i].pid != 0) || waiters[i].ns < 0) return kWrongAnswer;
  }
  return 0;
}

Errno Poll(Racer& r) {
  pollfd polls[2] = {};
  for (pollfd& poll : polls)
    poll = {.fd = r.handle(r.AnySemaphore()).fd(),
            .events = static_cast<short>(r.OneIn(2) ? POLLIN : POLLOUT)};
  return Errno::Of(poll(polls, 2, r.Below(3)));
}

Errno PageWait(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  return Take(r.plain(sem), units, [&] { return r.page(sem).Wait(units); });
}

Errno PagePost(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.UnitsToGive(sem, r.plain(sem));
  return Give(r.plain(sem), units, [&] { return r.page(sem).Post(units); });
}

// As fast as it can, without the kernel where that is possible.
Errno PagePairs(Racer& r) {
  const int sem = r.AnySemaphore();
  for (int i = 0; i < 100; i++) {
    bool took = false;
    Take(r.plain(sem), 1, [&]() -> Errno {
      took = r.page(sem).TakeFast();
      return took ? 0 : EAGAIN;
    });
    if (!took) return EAGAIN;
    if (const Errno error =
            Give(r.plain(sem), 1, [&] { return r.page(sem).Post(); }))
      return error;
  }
  return 0;
}

Errno OpenAndClose(Racer& r) {
  const int sem = r.AnySemaphore();
  const int units = r.AnyUnits();
  File handle(DevicePath(r.semaphore(sem).name()), O_RDWR | O_NONBLOCK);
  if (handle.error()) return handle.error();
  return Take(r.plain(sem), units, [&] {
    return Errno::Of(ioctl(handle.fd(), KSEM_IOC_TAKE, units));
  });
}

Errno MapAndUnmap(Racer& r) {
  const int sem = r.AnySemaphore();
  File handle(DevicePath(r.semaphore(sem).name()), O_RDWR);
  if (handle.error()) return handle.error();
  void* page = mmap(nullptr, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED,
                    handle.fd(), 0);
  if (page == MAP_FAILED) return errno;
  const auto version = static_cast<volatile ksem_page*>(page)->version;
  munmap(page, getpagesize());
  return version == KSEM_PAGE_VERSION ? 0 : kWrongAnswer;
}

}  // namespace

std::vector<Operation> HandleOperations() {
  const std::set<int> wait = {EAGAIN, ETIMEDOUT, EINTR};
  return {
      {"handle read", Read, {EINTR}},
      {"handle write", Write, {EOVERFLOW}, kGiving},
      {"TAKE", TakeUnits, {EINTR}},
      {"GIVE", GiveUnits, {EOVERFLOW}, kGiving},
      {"WAIT", Wait, wait},
      {"WAIT with undo", UndoWait, wait, kGiving},
      {"POST", Post, {EOVERFLOW}, kGiving},
      {"POST with undo", UndoPost, {}, kGiving},
      {"INFO", Info, {}},
      {"WAITERS", Waiters, {}},
      {"poll", Poll, {EINTR}},
      {"wait by the page", PageWait, {EINTR}},
      {"post by the page", PagePost, {EOVERFLOW}, kGiving},
      {"pairs by the page", PagePairs, {EAGAIN, EOVERFLOW}},
      {"open, TAKE, close", OpenAndClose, {EAGAIN}},
      {"open, mmap, munmap, close", MapAndUnmap, {}},
  };
}

}  // namespace ksem_test

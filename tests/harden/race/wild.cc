// SPDX-License-Identifier: MIT
#include "tests/harden/race/wild.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "tests/harden/race/limits.h"
#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"

namespace ksem_test {
namespace {

Semaphore Any(Racer& r) { return Semaphore::Named(AnyWildName(r)); }

Errno Make(Racer& r) { return MakeDir(Any(r).path()); }
Errno Remove(Racer& r) { return Any(r).Remove(); }
// Makes it, or gets hold of the one that is there.
Errno KernelMake(Racer& r) { return MakeDir(KernelUserPath(AnyWildName(r))); }
Errno KernelRemove(Racer& r) {
  return RemoveDir(KernelUserPath(AnyWildName(r)));
}
Errno Shutdown(Racer& r) { return Any(r).Shutdown(); }

Errno KernelCall(Racer& r) {
  const char* const calls[] = {"timedwait_50ms", "trywait", "post",
                               "async",          "cancel",  "get_put",
                               "cancel_sync"};
  return WriteFile(KernelUserPath(AnyWildName(r), calls[r.Below(7)]),
                   std::to_string(r.AnyUnits()));
}

Errno Set(Racer& r) {
  const Semaphore sem = Any(r);
  switch (r.Below(6)) {
    case 0:
      return sem.Set("value", std::to_string(r.Below(6)));
    case 1:
      return sem.Set("max", std::to_string(1 + r.Below(6)));
    case 2:
      return sem.Set("order", r.OneIn(2) ? "fifo" : "priority");
    case 3:
      return sem.Set("fair", std::to_string(r.Below(2)));
    case 4:
      return sem.Set("undo", std::to_string(r.Below(2)));
    default:
      return sem.Set("mappable", std::to_string(!r.OneIn(4)));
  }
}

Errno UseFiles(Racer& r) {
  const Semaphore sem = Any(r);
  const std::string units = std::to_string(r.AnyUnits());
  switch (r.Below(5)) {
    case 0:
      return sem.Wait(units);
    case 1:
      return sem.TryWait(units);
    case 2:
      return sem.TimedWait(std::to_string(r.Below(400)) + "us " + units);
    default:
      return sem.Post(units);
  }
}

Errno UseHandle(Racer& r) {
  const File handle(DevicePath(AnyWildName(r)), O_RDWR);
  if (handle.error()) return handle.error();
  const Limit limit = AnyLimit(r);
  ksem_ioc_wait wait = {.units = static_cast<__u32>(r.AnyUnits()),
                        .flags = limit.flags | r.Below(2) * KSEM_WAIT_UNDO,
                        .timeout = limit.timeout,
                        .clock = limit.clock};
  pollfd poll = {.fd = handle.fd(), .events = POLLIN};
  const int last = r.Below(4);
  for (int i = 0; i < last; i++) {
    switch (r.Below(4)) {
      case 0:
        ::poll(&poll, 1, 1);
        break;
      case 1:
        ioctl(handle.fd(), KSEM_IOC_GIVE, r.AnyUnits());
        break;
      default:
        ioctl(handle.fd(), KSEM_IOC_WAIT, &wait);
    }
  }
  return Errno::Of(ioctl(handle.fd(), KSEM_IOC_GIVE, 1));
}

Errno Scribble(Racer& r) {
  const File handle(DevicePath(AnyWildName(r)), O_RDWR);
  if (handle.error()) return handle.error();
  void* mapped = mmap(nullptr, getpagesize(), PROT_READ | PROT_WRITE,
                      MAP_SHARED, handle.fd(), 0);
  if (mapped == MAP_FAILED) return errno;
  std::atomic_ref word(static_cast<ksem_page*>(mapped)->word);
  for (int i = 0; i < 100; i++) {
    word.store(r.OneIn(2) ? r.Number() : word.load() ^ KSEM_WORD_CONTENDED);
    if (r.OneIn(16)) sched_yield();
  }
  munmap(mapped, getpagesize());
  return 0;
}

}  // namespace

const std::vector<std::string>& WildNames() {
  static const std::vector<std::string> names = {"wild", std::string(200, 'w')};
  return names;
}

const std::string& AnyWildName(Racer& racer) {
  return WildNames()[racer.Below(static_cast<int>(WildNames().size()))];
}

void RemoveWild() {
  for (const std::string& name : WildNames()) {
    const Semaphore sem = Semaphore::Named(name);
    const Errno error = RemoveDir(KernelUserPath(name));
    EXPECT_TRUE(error == 0 || error == ENOENT) << error;
    // What the module made goes a moment later.
    Errno removed = 0;
    EXPECT_TRUE(Eventually([&] {
      if (!Exists(sem.path())) return true;
      const State state = sem.state();
      EXPECT_LE(state.value, state.max) << name;
      EXPECT_EQ(state.waiters, 0u) << name;
      removed = sem.Remove();
      return removed != EPERM;
    }));
    EXPECT_TRUE(removed == 0 || removed == ENOENT) << name << ": " << removed;
  }
}

std::vector<Operation> WildOperations() {
  // Gone, shut down, of the kernel, above the ceiling, in use…
  const std::set<int> any = {EINTR, ETIMEDOUT, EAGAIN, EOVERFLOW,
                             EBUSY, EEXIST,    ENOENT, EIDRM,
                             ENXIO, EPERM,     EINVAL, ERANGE};
  return {
      {"mkdir", Make, {EEXIST}},
      {"rmdir", Remove, {ENOENT, EBUSY, EPERM}},
      {"kernel create or get", KernelMake, {EEXIST, EINTR}},
      {"kernel destroy or put", KernelRemove, {ENOENT}},
      {"kernel calls on what may go", KernelCall, any},
      {"shutdown", Shutdown, {ENOENT}},
      {"value, max, order, fair, undo, mappable", Set, any},
      {"files of what may go", UseFiles, any},
      {"handle of what may go", UseHandle, any},
      {"nonsense in the page", Scribble, any},
  };
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// rmdir with open handles: the name goes at once, the handles go on.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

TEST(Device, IsThereAsLongAsTheDirectory) {
  Semaphore sem;
  EXPECT_TRUE(Exists(DevicePath(sem.name())));
  EXPECT_TRUE(Exists(ClassPath(sem.name())));
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_FALSE(Exists(DevicePath(sem.name())));
  EXPECT_FALSE(Exists(ClassPath(sem.name())));
}

TEST(Device, HasTheNameWhateverItIs) {
  for (const std::string& name :
       {std::string(255, 'n'), std::string("a b"), std::string("%s%n"),
        std::string("\xc3\xa4"), std::string("\xff"), std::string(".x"),
        std::string("uevent")}) {
    Semaphore sem = Semaphore::Named(name);
    EXPECT_EQ(MakeDir(sem.path()), 0) << name;
    Handle handle(sem);
    EXPECT_EQ(handle.Post(), 0);
    handle.Expect({.value = 1});
    EXPECT_EQ(sem.Remove(), 0);
    EXPECT_FALSE(Exists(DevicePath(name)));
  }
}

TEST(Device, NamesItCannotHave) {
  for (const std::string& name : {std::string("a!b"), std::string("!"),
                                  std::string("a\nb"), std::string("\x7f")}) {
    EXPECT_EQ(MakeDir(kRoot + name), EINVAL) << name;
    EXPECT_FALSE(Exists(DevicePath(name)));
  }
}

// As a container gets it: what is mounted there stays what it is.
TEST(Device, ABindMountOfTheDirectoryShowsLaterOnes) {
  Semaphore first;
  Semaphore second = Semaphore::Named(UniqueName());
  EXPECT_EQ(
      Process([&]() -> Errno {
        const std::string folder = "/tmp/bound";
        if (unshare(CLONE_NEWNS)) return 1;
        if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr)) {
          return 2;
        }
        if (MakeDir(folder)) return 3;
        if (mount("/dev/ksem", folder.c_str(), nullptr, MS_BIND, nullptr)) {
          return 4;
        }
        if (!Exists(folder + "/" + first.name())) return 5;
        // The last one: only what is always there is left.
        if (first.Remove()) return 6;
        if (Exists(folder + "/" + first.name())) return 7;
        if (MakeDir(second.path())) return 8;
        if (!Exists(folder + "/" + second.name())) return 9;
        return 0;
      }).Result(),
      0)
      << "a step failed, by number";
  EXPECT_EQ(second.Remove(), 0);
  EXPECT_EQ(RemoveDir("/tmp/bound"), 0);
}

// As container runtimes make one: it isn't the first that finds somebody else.
TEST(Device, ACopyOfARemovedNodeFindsNobody) {
  const std::string copy = "/tmp/copy-of-a-node";
  auto sem = std::make_unique<Semaphore>();
  struct stat node;
  ASSERT_EQ(stat(DevicePath(sem->name()).c_str(), &node), 0);
  ASSERT_EQ(mknod(copy.c_str(), S_IFCHR | 0600, node.st_rdev), 0);
  EXPECT_EQ(File(copy, O_RDWR).error(), 0);
  sem.reset();
  for (int i = 0; i < 50; i++) {
    const Semaphore other;
    EXPECT_EQ(File(copy, O_RDWR).error(), ENXIO);
  }
  EXPECT_EQ(unlink(copy.c_str()), 0);
}

TEST(Removal, AnOpenHandleGoesOn) {
  Semaphore sem({.value = 2, .max = 4});
  Handle handle(sem);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_FALSE(Exists(sem.path()));
  handle.ExpectWithoutFiles({.value = 2, .max = 4});
  EXPECT_EQ(handle.Wait({.units = 2}), 0);
  EXPECT_EQ(handle.Write("4"), 0);
  EXPECT_EQ(handle.Write("1"), EOVERFLOW);
  handle.ExpectWithoutFiles({.value = 4, .max = 4});
  Page page(handle);
  EXPECT_TRUE(page.TakeFast(3));
  handle.ExpectWithoutFiles({.value = 1, .max = 4});
}

TEST(Removal, BlockedHandlesDoNotStopIt) {
  Semaphore sem;
  Handle handle(sem);
  Process wait = StartWaiter(sem, [&] { return handle.Wait({.units = 2}); });
  Process read = StartWaiter(sem, [&] {
    std::string text;
    return handle.Read(&text);
  });
  Process any = StartWaiter(sem, [&] { return Any({Take(handle)}); });
  Process all = StartWaiter(sem, [&] { return All({Take(handle)}); });
  EXPECT_EQ(sem.Remove(), 0);
  handle.ExpectWithoutFiles({.waiters = 4});
  EXPECT_EQ(handle.Post({.units = 4}), 0);
  EXPECT_EQ(wait.Result(), 0);
  EXPECT_EQ(read.Result(), 0);
  EXPECT_EQ(any.Result(), 0);
  handle.ExpectWithoutFiles({.waiters = 1});
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(all.Result(), 0);
  handle.ExpectWithoutFiles({});
}

TEST(Removal, AFileThatBlocksDoes) {
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(sem.Remove(), EBUSY);
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  EXPECT_EQ(sem.Remove(), 0);
  handle.ExpectWithoutFiles({});
}

TEST(Removal, TheKernelStopsItAsEver) {
  LoadKernelUser();
  Semaphore sem;
  Handle handle(sem);
  KernelUser user(sem.name());
  EXPECT_EQ(sem.Remove(), EBUSY);
  handle.Expect({});
  EXPECT_EQ(user.Release(), 0);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(handle.Post(), 0);
  handle.ExpectWithoutFiles({.value = 1});
}

Errno RemoveBy(const Handle& handle, unsigned long id = 0) {
  return Errno::Of(ioctl(handle.fd(), KSEM_IOC_REMOVE, id));
}

TEST(Removal, ByAHandle) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  const uint64_t id = handle.Info().id;
  EXPECT_EQ(RemoveBy(handle, static_cast<uint32_t>(id + 1)), ESTALE);
  handle.Expect({.value = 2});
  EXPECT_EQ(RemoveBy(handle, static_cast<uint32_t>(id)), 0);
  EXPECT_FALSE(Exists(sem.path()));
  EXPECT_FALSE(Exists(DevicePath(sem.name())));
  EXPECT_EQ(RemoveBy(handle), ENOENT);
  handle.ExpectWithoutFiles({.value = 2});
  // Another one of that name is none of its business.
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(RemoveBy(handle), ENOENT);
  EXPECT_TRUE(Exists(sem.path()));
}

TEST(Removal, ByAHandleFailsAsRmdirDoes) {
  LoadKernelUser();
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(RemoveBy(handle), EBUSY);
  EXPECT_EQ(handle.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  KernelUser user(sem.name());
  EXPECT_EQ(RemoveBy(handle), EBUSY);
  EXPECT_EQ(user.Release(), 0);
  EXPECT_EQ(RemoveBy(handle), 0);
}

// Where users don't trust each other, as in /tmp, the directories of semaphores
// are root's.
TEST(Removal, ByAHandleIsForTheOwner) {
  ASSERT_EQ(chmod(kRoot, 01777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  EXPECT_EQ(AsUser([&] { return MakeDir(sem.path()); }), 0);
  EXPECT_EQ(chmod(DevicePath(sem.name()).c_str(), 0666), 0);
  EXPECT_EQ(AsUser([&] { return RemoveDir(sem.path()); }), EPERM);
  EXPECT_EQ(chown(DevicePath(sem.name()).c_str(), 1, 1), 0);
  EXPECT_EQ(AsUser([&] { return RemoveBy(Handle(sem)); }), EPERM);
  EXPECT_EQ(chown(DevicePath(sem.name()).c_str(), kUser, kGroup), 0);
  EXPECT_EQ(chmod(kRoot, 0755), 0);
  EXPECT_EQ(AsUser([&] { return RemoveBy(Handle(sem)); }), EACCES);
  EXPECT_EQ(chmod(kRoot, 01777), 0);
  EXPECT_EQ(AsUser([&] { return RemoveBy(Handle(sem)); }), 0);
  EXPECT_FALSE(Exists(sem.path()));
  EXPECT_EQ(chmod(kRoot, 0755), 0);
}

// A node that is removed is made root's first; the handle's owner is the same.
TEST(Removal, ItsOwnerStaysSo) {
  ASSERT_EQ(chmod(kRoot, 01777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  EXPECT_EQ(AsUser([&]() -> Errno {
              if (Errno error = MakeDir(sem.path())) return error;
              const Handle handle(sem);
              if (Errno error = RemoveBy(handle)) return error;
              if (RemoveBy(handle) != ENOENT) return EPROTO;
              if (!(handle.Info().flags & KSEM_INFO_OWNER)) return ENOMSG;
              ksem_settings settings = {.set = KSEM_SET_VALUE, .value = 3};
              if (Errno error = handle.Request(KSEM_IOC_CONFIG, &settings))
                return error;
              settings = {.set = KSEM_SET_SHUTDOWN};
              return handle.Request(KSEM_IOC_CONFIG, &settings);
            }),
            0);
  EXPECT_EQ(chmod(kRoot, 0755), 0);
}

TEST(Removal, NobodyElseBecomesItsOwner) {
  Semaphore sem({.value = 1});
  EXPECT_EQ(chmod(DevicePath(sem.name()).c_str(), 0666), 0);
  const Flag opened, removed;
  Process other([&] {
    return AsUser([&] {
      const Handle handle(sem);
      opened.Raise();
      while (!removed.raised()) usleep(1000);
      ksem_settings settings = {.set = KSEM_SET_VALUE, .value = 3};
      return handle.Request(KSEM_IOC_CONFIG, &settings);
    });
  });
  EXPECT_TRUE(Eventually([&] { return opened.raised(); }));
  EXPECT_EQ(sem.Remove(), 0);
  removed.Raise();
  EXPECT_EQ(other.Result(), EPERM);
}

TEST(Removal, TheNameIsFreeForAnother) {
  Semaphore sem({.value = 1});
  Handle stale(sem);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  Handle handle(sem);
  handle.Expect({});
  EXPECT_EQ(handle.Post({.units = 7}), 0);
  stale.ExpectWithoutFiles({.value = 1});
  EXPECT_EQ(stale.Wait(), 0);
  stale.ExpectWithoutFiles({});
  handle.Expect({.value = 7});
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(stale.Post(), 0);
  stale.ExpectWithoutFiles({.value = 1});
}

TEST(Removal, AStaleNodeFindsNobody) {
  Semaphore sem;
  struct stat status;
  ASSERT_EQ(stat(DevicePath(sem.name()).c_str(), &status), 0);
  ASSERT_TRUE(S_ISCHR(status.st_mode));
  const std::string copy = "/dev/" + sem.name();
  ASSERT_EQ(mknod(copy.c_str(), S_IFCHR | 0600, status.st_rdev), 0);
  {
    File by_copy(copy, O_RDWR);
    EXPECT_EQ(by_copy.Write("1"), 0);
    sem.Expect({.value = 1});
  }
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(File(copy, O_RDWR).error(), ENXIO);
  EXPECT_EQ(unlink(copy.c_str()), 0);
}

TEST(Removal, UndoComesToTheHandlesThatAreLeft) {
  Semaphore sem({.value = 1});
  auto holder = std::make_unique<Handle>(sem);
  EXPECT_EQ(holder->Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&] {
    close(holder->fd());
    return handle.Wait();
  });
  EXPECT_EQ(sem.Remove(), 0);
  holder.reset();
  EXPECT_EQ(waiter.Result(), 0);
  handle.ExpectWithoutFiles({});
}

TEST(Removal, WhatWasShutDownStaysSo) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(handle.Wait(), EIDRM);
  EXPECT_EQ(handle.Post(), EIDRM);
  handle.ExpectWithoutFiles({},
                            {.flags = KSEM_INFO_SHUTDOWN | KSEM_INFO_MAPPABLE});
}

TEST(Removal, OpenFilesOfSysfsEnd) {
  Semaphore sem;
  File value(ClassPath(sem.name(), "value"), O_RDONLY);
  std::string text;
  EXPECT_EQ(value.ReadAt(&text, 0), 0);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(value.ReadAt(&text, 0), ENODEV);
}

// What a kernel module makes has a device, too, and ends with it.
TEST(KernelMade, ItsHandleEndsWithShutdown) {
  LoadKernelUser();
  const std::string name = UniqueName();
  KernelUser user(name);
  const Semaphore sem = Semaphore::Named(name);
  Handle handle(sem);
  handle.Expect({.value = 3, .max = 10}, {.flags = 0});
  EXPECT_EQ(sem.Remove(), EPERM);
  EXPECT_EQ(handle.Wait({.units = 3}), 0);
  Process waiter = StartWaiter(sem, [&] { return handle.Wait(); });
  EXPECT_EQ(user.Release(), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  EXPECT_FALSE(Exists(DevicePath(name)));
  EXPECT_FALSE(Exists(ClassPath(name)));
  handle.ExpectWithoutFiles({.max = 10}, {.flags = KSEM_INFO_SHUTDOWN});
}

// Opening and removing at the same time: an open gives an object that works,
// or none.
TEST(Removal, RacesWithOpen) {
  constexpr int kRounds = 300;
  const std::string name = UniqueName();
  const Semaphore sem = Semaphore::Named(name);
  Process opener([&]() -> Errno {
    for (;;) {
      File file(DevicePath(name), O_RDWR);
      if (file.error() == ENOENT || file.error() == ENXIO) continue;
      if (file.error()) return file.error();
      if (Errno error = file.Write("1")) return error;
      std::string text;
      if (Errno error = file.Read(&text)) return error;
    }
  });
  for (int round = 0; round < kRounds && !opener.ended(); round++) {
    EXPECT_EQ(MakeDir(sem.path()), 0);
    EXPECT_EQ(sem.Remove(), 0);
  }
  EXPECT_FALSE(opener.ended()) << opener.Join();
}

}  // namespace
}  // namespace ksem_test

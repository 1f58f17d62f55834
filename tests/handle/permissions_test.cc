// SPDX-License-Identifier: MIT
// Who may open a device: as with any file, and at first its owner only.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

Errno OpenAsUser(const Semaphore& sem, int flags) {
  return AsUser([&] { return File(DevicePath(sem.name()), flags).error(); });
}

struct stat Status(const Semaphore& sem) {
  struct stat status = {};
  EXPECT_EQ(stat(DevicePath(sem.name()).c_str(), &status), 0);
  return status;
}

TEST(Node, IsForItsMakerOnly) {
  Semaphore sem({.value = 1});
  const struct stat status = Status(sem);
  EXPECT_EQ(status.st_mode, mode_t{S_IFCHR | 0600});
  EXPECT_EQ(status.st_uid, 0u);
  EXPECT_EQ(status.st_gid, 0u);
  for (int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
    EXPECT_EQ(OpenAsUser(sem, flags), EACCES);
  }
  sem.Expect({.value = 1});
}

TEST(Node, CanBeGivenToAGroup) {
  Semaphore sem({.value = 1});
  const std::string path = DevicePath(sem.name());
  EXPECT_EQ(chown(path.c_str(), 0, kGroup), 0);
  EXPECT_EQ(chmod(path.c_str(), 0660), 0);
  EXPECT_EQ(AsUser([&]() -> Errno {
              Handle handle(sem);
              if (Errno error = handle.Wait()) return error;
              if (Errno error = handle.Post({.units = 3})) return error;
              Page page(handle);
              return page.TakeFast() ? 0 : EAGAIN;
            }),
            0);
  sem.Expect({.value = 2});
}

TEST(Node, ForReadingOnlyTakesOnly) {
  Semaphore sem({.value = 2});
  EXPECT_EQ(chmod(DevicePath(sem.name()).c_str(), 0604), 0);
  EXPECT_EQ(OpenAsUser(sem, O_RDWR), EACCES);
  EXPECT_EQ(OpenAsUser(sem, O_WRONLY), EACCES);
  EXPECT_EQ(AsUser([&]() -> Errno {
              Handle handle(sem, O_RDONLY);
              if (handle.Post() != EBADF) return EPROTO;
              return handle.Wait();
            }),
            0);
  sem.Expect({.value = 1});
}

TEST(Node, IsMadeAnewWithTheName) {
  Semaphore sem;
  EXPECT_EQ(chmod(DevicePath(sem.name()).c_str(), 0666), 0);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(Status(sem).st_mode, mode_t{S_IFCHR | 0600});
  EXPECT_EQ(OpenAsUser(sem, O_RDONLY), EACCES);
}

// Whoever may mkdir can use what that makes, though not the files, which
// configfs gives to root.
TEST(Node, BelongsToWhoeverMadeTheDirectory) {
  ASSERT_EQ(chmod(kRoot, 0777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  EXPECT_EQ(AsUser([&]() -> Errno {
              if (Errno error = MakeDir(sem.path())) return error;
              Handle handle(sem);
              return handle.Post({.units = 2});
            }),
            0);
  const struct stat status = Status(sem);
  EXPECT_EQ(status.st_mode, mode_t{S_IFCHR | 0600});
  EXPECT_EQ(status.st_uid, kUser);
  EXPECT_EQ(status.st_gid, kGroup);
  Handle handle(sem);
  handle.Expect({.value = 2});
  EXPECT_EQ(AsUser([&] { return sem.Post(); }), EACCES);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(chmod(kRoot, 0755), 0);
}

}  // namespace
}  // namespace ksem_test

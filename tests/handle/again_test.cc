// SPDX-License-Identifier: MIT
// KSEM_IOC_AGAIN: a handle more, by a handle.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/process.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

int AskAgain(int fd, unsigned long id = 0) {
  return ioctl(fd, KSEM_IOC_AGAIN, id);
}

int TakeWithUndo(int fd) {
  ksem_ioc_wait request = {.units = 1, .flags = KSEM_WAIT_UNDO};
  return ioctl(fd, KSEM_IOC_WAIT, &request);
}

TEST(Again, HasAnAccountOfItsOwn) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  EXPECT_EQ(handle.Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
  const int fd = AskAgain(handle.fd());
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(TakeWithUndo(fd), 0);
  handle.Expect({.value = 1}, {.undo = 1});
  EXPECT_EQ(close(fd), 0);
  handle.Expect({.value = 2}, {.undo = 1});
}

TEST(Again, IsForTheSameAccesses) {
  Semaphore sem({.value = 3});
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK}) {
    Handle handle(sem, flags);
    const int fd = AskAgain(handle.fd());
    ASSERT_GE(fd, 0);
    EXPECT_EQ(fcntl(fd, F_GETFL), fcntl(handle.fd(), F_GETFL));
    EXPECT_EQ(close(fd), 0);
  }
}

TEST(Again, WhereThereIsNoNodeAndNoPermission) {
  Semaphore sem({.value = 3});
  Handle handle(sem);
  EXPECT_EQ(Process([&]() -> Errno {
              if (chroot("/proc/self/task") != 0) return errno;
              return AsUser([&]() -> Errno {
                const int fd = AskAgain(handle.fd());
                return fd < 0 ? errno : TakeWithUndo(fd) ? errno : 0;
              });
            }).Result(),
            0);
  handle.Expect({.value = 3});
}

TEST(Again, NamesTheOneThatIsMeant) {
  Semaphore sem;
  Handle handle(sem);
  const auto id = static_cast<uint32_t>(handle.Info().id);
  EXPECT_EQ(Errno::Of(AskAgain(handle.fd(), id + 1)), ESTALE);
  const int fd = AskAgain(handle.fd(), id);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(close(fd), 0);
}

// Another one that has the minor is somebody else's.
TEST(Again, NotOfARemovedOne) {
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(Errno::Of(AskAgain(handle.fd())), ENXIO);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(Errno::Of(AskAgain(handle.fd())), ENXIO);
}

}  // namespace
}  // namespace ksem_test

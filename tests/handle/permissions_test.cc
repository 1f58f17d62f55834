// SPDX-License-Identifier: MIT
// Who may open a device: as with any file, and at first its owner only.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

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

// A user who may mkdir can use what that makes, though not the files, which
// configfs gives to root.
TEST(Node, BelongsToTheMakerOfTheDirectory) {
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

// udev would put the mode back that an administrator has changed.
void ExpectNoAccess(const std::string& event) {
  EXPECT_NE(event.find("KSEM_UID=1000\n"), std::string::npos) << event;
  for (const char* word : {"DEVMODE", "DEVUID", "DEVGID"}) {
    EXPECT_EQ(event.find(word), std::string::npos) << event;
  }
}

// What udev is told when a semaphore of that name is made: lines.
class Events {
 public:
  Events() {
    sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = 1};
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&all), sizeof(all)), 0);
  }
  ~Events() { close(socket_); }

  std::string Added(const std::string& name) const {
    for (;;) {
      char buffer[4096];
      const ssize_t size = recv(socket_, buffer, sizeof(buffer), 0);
      if (size < 0) return "nothing";
      std::string event(buffer, size);
      std::replace(event.begin(), event.end(), '\0', '\n');
      if (event.starts_with("add@") &&
          event.find("/" + name + "\n") != std::string::npos) {
        return event;
      }
    }
  }

 private:
  const int socket_ =
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
};

TEST(Node, ItsEventsDoNotTellItsMode) {
  ASSERT_EQ(chmod(kRoot, 0777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  const Events events;
  EXPECT_EQ(AsUser([&] { return MakeDir(sem.path()); }), 0);
  ExpectNoAccess(events.Added(sem.name()));
  ExpectNoAccess(ReadOrFail(ClassPath(sem.name(), "uevent")));
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(chmod(kRoot, 0755), 0);
}

// It is there to be read before the node is.
TEST(Node, WhoReadsItsEventDoesNotGetItsMode) {
  ASSERT_EQ(chmod(kRoot, 0777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const File event(ClassPath(sem.name(), "uevent"), O_RDONLY);
      char text[256];
      if (event.error() == 0) read(event.fd(), text, sizeof(text));
    }
  });
  EXPECT_EQ(AsUser([&]() -> Errno {
              for (int i = 0; i < 200; ++i) {
                if (Errno error = MakeDir(sem.path())) return error;
                if (Status(sem).st_uid != kUser) return EPROTO;
                if (Errno error = sem.Remove()) return error;
              }
              return 0;
            }),
            0);
  done = true;
  reader.join();
  EXPECT_EQ(chmod(kRoot, 0755), 0);
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// Who may do what: the table of docs/hardening.md, each cell tried.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

constexpr gid_t kJobs = 2000;  // to which an administrator opens a semaphore

const State kStart = {.value = 3, .max = 5};

struct ConfigFile {
  const char* name;
  mode_t mode;
  const char* text;  // what can be written
};

const ConfigFile kFiles[] = {
    {"value", 0644, "3"},       {"max", 0644, "5"},
    {"wait", 0600, "1"},        {"trywait", 0600, "1"},
    {"timedwait", 0200, "0 1"}, {"post", 0200, "1"},
    {"waiters", 0444, nullptr}, {"order", 0644, "fifo"},
    {"shutdown", 0644, "1"},    {"undo", 0644, "0"},
    {"mappable", 0644, "1"},    {"fair", 0644, "1"},
    {"record", 0644, "0"},
};

const char* const kClassFiles[] = {
    "value",     "max",      "waiters",     "acquired",      "posted",
    "contended", "timeouts", "interrupted", "wait_ns_total", "wait_ns_max"};

struct stat Status(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status;
}

void ExpectOwner(const std::string& path, mode_t mode, uid_t uid, gid_t gid) {
  const struct stat status = Status(path);
  EXPECT_EQ(status.st_mode & 07777, mode) << path;
  EXPECT_EQ(status.st_uid, uid) << path;
  EXPECT_EQ(status.st_gid, gid) << path;
}

void Open(const std::string& path, gid_t group, mode_t mode) {
  EXPECT_EQ(Errno::Of(chown(path.c_str(), 0, group)), 0) << path;
  EXPECT_EQ(Errno::Of(chmod(path.c_str(), mode)), 0) << path;
}

// By default: a file that everybody may read can be read, and nothing else.

TEST(ByDefault, ModesAndOwners) {
  Semaphore sem;
  ExpectOwner(kRoot, 0755, 0, 0);
  ExpectOwner(sem.path(), 0755, 0, 0);
  for (const ConfigFile& file : kFiles) {
    ExpectOwner(sem.path(file.name), file.mode, 0, 0);
  }
  for (const char* file : kClassFiles) {
    ExpectOwner(ClassPath(sem.name(), file), 0444, 0, 0);
  }
  ExpectOwner(DevicePath(sem.name()), 0600, 0, 0);
}

TEST(ByDefault, AUserReadsWhatIsOpenAndNothingElse) {
  Semaphore sem(kStart);
  const std::string device = DevicePath(sem.name());
  for (const ConfigFile& file : kFiles) {
    const std::string path = sem.path(file.name);
    EXPECT_EQ(AsUser([&] {
                std::string text;
                return ReadFile(path, &text);
              }),
              file.mode & 0004 ? 0 : EACCES)
        << path;
    for (int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC}) {
      EXPECT_EQ(AsUser([&] { return File(path, flags).error(); }), EACCES)
          << path;
    }
    EXPECT_EQ(AsUser([&] { return Errno::Of(chmod(path.c_str(), 0666)); }),
              EPERM);
  }
  for (const char* file : kClassFiles) {
    const std::string path = ClassPath(sem.name(), file);
    EXPECT_EQ(AsUser([&] {
                std::string text;
                return ReadFile(path, &text);
              }),
              0)
        << path;
    EXPECT_EQ(AsUser([&] { return File(path, O_WRONLY).error(); }), EACCES);
  }
  for (int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
    EXPECT_EQ(AsUser([&] { return File(device, flags).error(); }), EACCES);
  }
  sem.Expect(kStart);
}

TEST(ByDefault, AUserMakesAndRemovesNothing) {
  Semaphore sem(kStart);
  EXPECT_EQ(AsUser([&] { return MakeDir(kRoot + UniqueName()); }), EACCES);
  EXPECT_EQ(AsUser([&] { return sem.Remove(); }), EACCES);
  EXPECT_EQ(
      AsUser([&] { return Errno::Of(unlink(DevicePath(sem.name()).c_str())); }),
      EACCES);
  EXPECT_EQ(AsUser([&] {
              return Errno::Of(mknod("/tmp/node", S_IFCHR | 0600,
                                     Status(DevicePath(sem.name())).st_rdev));
            }),
            EPERM);
  sem.Expect(kStart);
}

// One semaphore opened to a group: its members can, others can't.

class OpenedToAGroup : public testing::Test {
 protected:
  static Errno Member(const std::function<Errno()>& function) {
    return AsUser(function, kJobs);
  }
  static Errno Stranger(const std::function<Errno()>& function) {
    return AsUser(function);
  }

  const Semaphore sem_{kStart};
  const Semaphore other_{kStart};
};

TEST_F(OpenedToAGroup, ByEachFile) {
  for (const ConfigFile& file : kFiles) {
    if (file.text == nullptr) continue;
    Semaphore sem(kStart);
    const auto write = [&] { return sem.Set(file.name, file.text); };
    Open(sem.path(file.name), kJobs, 0660);
    EXPECT_EQ(Member(write), 0) << file.name;
    EXPECT_EQ(Stranger(write), EACCES) << file.name;
    // That file only.
    for (const ConfigFile& closed : kFiles) {
      if (closed.text == nullptr || closed.name == file.name) continue;
      EXPECT_EQ(Member([&] { return sem.Set(closed.name, closed.text); }),
                EACCES)
          << closed.name;
    }
    EXPECT_EQ(Member([&] { return other_.Set(file.name, file.text); }), EACCES);
  }
  other_.Expect(kStart);
}

TEST_F(OpenedToAGroup, ByTheDevice) {
  const auto use = [&]() -> Errno {
    const Handle handle(sem_);
    if (handle.error()) return handle.error();
    if (Errno error = handle.Wait({.units = 2})) return error;
    if (Errno error = handle.Post()) return error;
    const Page page(handle);
    if (!page.TakeFast() || !page.GiveFast()) return EAGAIN;
    return handle.Info().value == 2 ? 0 : EPROTO;
  };
  const std::string device = DevicePath(sem_.name());
  Open(device, kJobs, 0660);
  EXPECT_EQ(Member(use), 0);
  EXPECT_EQ(Stranger([&] { return File(device, O_RDONLY).error(); }), EACCES);
  EXPECT_EQ(
      Member([&] { return File(DevicePath(other_.name()), O_RDONLY).error(); }),
      EACCES);
  // The device lets nobody into the files.
  EXPECT_EQ(Member([&] { return sem_.Post(); }), EACCES);
  sem_.Expect({.value = 2, .max = 5});
}

TEST_F(OpenedToAGroup, ForOneDirection) {
  const std::string device = DevicePath(sem_.name());
  Open(device, kJobs, 0640);
  EXPECT_EQ(Member([&]() -> Errno {
              const Handle handle(sem_, O_RDONLY);
              ksem_ioc_post post = {.units = 1};
              if (handle.Request(KSEM_IOC_POST, &post) != EBADF) return 1;
              if (mmap(nullptr, 4096, PROT_READ, MAP_SHARED, handle.fd(), 0) !=
                      MAP_FAILED ||
                  errno != EACCES) {
                return 2;
              }
              return handle.Wait();
            }),
            0);
  EXPECT_EQ(Member([&] { return File(device, O_RDWR).error(); }), EACCES);
  Open(device, kJobs, 0620);
  EXPECT_EQ(Member([&]() -> Errno {
              const Handle handle(sem_, O_WRONLY);
              if (handle.Wait() != EBADF) return 1;
              return handle.Post();
            }),
            0);
  EXPECT_EQ(Member([&] { return File(device, O_RDONLY).error(); }), EACCES);
  sem_.Expect(kStart);
}

TEST_F(OpenedToAGroup, UntilRmdir) {
  const std::vector<std::string> paths = {sem_.path("wait"), sem_.path("post"),
                                          DevicePath(sem_.name())};
  for (const std::string& path : paths) Open(path, kJobs, 0660);
  // None of this is a reason to forget it.
  EXPECT_EQ(sem_.Set("max", "7"), 0);
  EXPECT_EQ(sem_.Set("mappable", "0"), 0);
  EXPECT_EQ(sem_.Set("undo", "1"), 0);
  EXPECT_EQ(sem_.Set("order", "priority"), 0);
  EXPECT_EQ(sem_.Shutdown(), 0);
  for (const std::string& path : paths) ExpectOwner(path, 0660, 0, kJobs);
  EXPECT_EQ(Member([&] { return sem_.Post(); }), EIDRM);
  EXPECT_EQ(sem_.Remove(), 0);
  EXPECT_EQ(MakeDir(sem_.path()), 0);
  ExpectOwner(sem_.path("wait"), 0600, 0, 0);
  ExpectOwner(sem_.path("post"), 0200, 0, 0);
  ExpectOwner(DevicePath(sem_.name()), 0600, 0, 0);
}

// A handle is a capability: what was open stays open.
TEST_F(OpenedToAGroup, AHandleOutlivesThePermission) {
  const std::string device = DevicePath(sem_.name());
  Open(device, kJobs, 0660);
  EXPECT_EQ(Process([&]() -> Errno {
              const Handle handle(sem_);
              if (chmod(device.c_str(), 0600)) return errno;
              if (const Errno error = BecomeUser()) return error;
              if (File(device, O_RDWR).error() != EACCES) return 1;
              return handle.Wait();
            }).Result(),
            0);
  sem_.Expect({.value = 2, .max = 5});
}

// A user whom root lets make semaphores: the files are root's, the node his.

class MadeByAUser : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(Errno::Of(chmod(kRoot, 0777)), 0);
    ASSERT_EQ(AsUser([&] { return MakeDir(sem_.path()); }), 0);
  }
  void TearDown() override {
    sem_.Remove();
    EXPECT_EQ(Errno::Of(chmod(kRoot, 0755)), 0);
  }

  const Semaphore sem_ = Semaphore::Named(UniqueName());
};

TEST_F(MadeByAUser, TheFilesAreRootsAndTheNodeIsHis) {
  ExpectOwner(sem_.path(), 0755, 0, 0);
  for (const ConfigFile& file : kFiles) {
    ExpectOwner(sem_.path(file.name), file.mode, 0, 0);
  }
  ExpectOwner(DevicePath(sem_.name()), 0600, kUser, kGroup);
}

TEST_F(MadeByAUser, HeUsesTheDeviceAndLetsOthersIn) {
  const std::string device = DevicePath(sem_.name());
  EXPECT_EQ(AsUser([&]() -> Errno {
              const Handle handle(sem_);
              if (Errno error = handle.Post({.units = 3})) return error;
              const Page page(handle);
              if (!page.TakeFast()) return EAGAIN;
              return Errno::Of(chmod(device.c_str(), 0660));
            }),
            0);
  // Not into a group that he isn't in, nor away from himself.
  EXPECT_EQ(AsUser([&] { return Errno::Of(chown(device.c_str(), -1, kJobs)); }),
            EPERM);
  EXPECT_EQ(AsUser([&] { return Errno::Of(chown(device.c_str(), 0, -1)); }),
            EPERM);
  sem_.Expect({.value = 2});
}

TEST_F(MadeByAUser, HeDoesNotWriteTheFiles) {
  for (const ConfigFile& file : kFiles) {
    if (file.text == nullptr) continue;
    EXPECT_EQ(AsUser([&] { return sem_.Set(file.name, file.text); }), EACCES)
        << file.name;
  }
  EXPECT_EQ(
      AsUser([&] { return Errno::Of(chmod(sem_.path("post").c_str(), 0666)); }),
      EPERM);
  sem_.Expect({});
}

// Who may write to the directory may remove what is in it, whose ever it is.
TEST_F(MadeByAUser, HeRemovesItAndThoseOfOthers) {
  Semaphore roots;
  EXPECT_EQ(AsUser([&] { return sem_.Remove(); }), 0);
  EXPECT_EQ(AsUser([&] { return roots.Remove(); }), 0);
}

// With the sticky bit, nobody but the owner of the directory, who is root.
TEST_F(MadeByAUser, TheStickyBitLeavesRemovingToRoot) {
  ASSERT_EQ(Errno::Of(chmod(kRoot, 01777)), 0);
  EXPECT_EQ(AsUser([&] { return sem_.Remove(); }), EPERM);
  EXPECT_EQ(sem_.Remove(), 0);
}

// Containers.

// In a user namespace, one is root to oneself only.
Errno EnterUserNamespace() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return errno;
  if (Errno error = WriteFile("/proc/self/setgroups", "deny")) return error;
  if (Errno error = WriteFile("/proc/self/uid_map", "0 1000 1")) return error;
  return WriteFile("/proc/self/gid_map", "0 1000 1");
}

bool HasUserNamespaces() {
  return AsUser([] { return Errno::Of(unshare(CLONE_NEWUSER)); }) == 0;
}

TEST(Container, RootOfAUserNamespaceIsAnOrdinaryUser) {
  if (!HasUserNamespaces()) GTEST_SKIP() << "no user namespaces for users";
  Semaphore sem(kStart);
  const std::string device = DevicePath(sem.name());
  EXPECT_EQ(
      AsUser([&]() -> Errno {
        if (Errno error = EnterUserNamespace()) return error;
        if (getuid() != 0) return 1;
        // The kernel's root is nobody here.
        if (Status(sem.path("value")).st_uid != 65534) return 2;
        std::string text;
        if (ReadFile(sem.path("value"), &text) != 0) return 3;
        if (sem.Post() != EACCES) return 4;
        if (File(device, O_RDONLY).error() != EACCES) return 5;
        if (MakeDir(kRoot + UniqueName()) != EACCES) return 6;
        if (chmod(device.c_str(), 0666) == 0 || errno != EPERM) return 7;
        if (mknod("/tmp/node", S_IFCHR | 0600, Status(device).st_rdev) == 0 ||
            errno != EPERM) {
          return 8;
        }
        // configfs is not for namespaces to mount.
        if (mount("none", "/tmp", "configfs", 0, nullptr) == 0 ||
            errno != EPERM) {
          return 9;
        }
        return 0;
      }),
      0)
      << "a step failed, by number";
  sem.Expect(kStart);
}

// The node of a semaphore that he made is his there, too.
TEST(Container, WhatAUserMadeHeUsesFromHisNamespace) {
  if (!HasUserNamespaces()) GTEST_SKIP() << "no user namespaces for users";
  ASSERT_EQ(Errno::Of(chmod(kRoot, 0777)), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  EXPECT_EQ(AsUser([&]() -> Errno {
              if (Errno error = EnterUserNamespace()) return error;
              if (Errno error = MakeDir(sem.path())) return error;
              const Handle handle(sem);
              return handle.Post();
            }),
            0);
  ExpectOwner(DevicePath(sem.name()), 0600, kUser, kGroup);
  sem.Expect({.value = 1});
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(Errno::Of(chmod(kRoot, 0755)), 0);
}

// A folder to chroot into, in a mount namespace of one's own.
Errno MakeContainer(const std::string& root) {
  if (unshare(CLONE_NEWNS)) return errno;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr)) return errno;
  if (mkdir(root.c_str(), 0755) && errno != EEXIST) return errno;
  return Errno::Of(mount("container", root.c_str(), "tmpfs", 0, nullptr));
}

Errno Bind(const std::string& from, const std::string& to, bool is_dir) {
  if (is_dir) {
    if (mkdir(to.c_str(), 0755)) return errno;
  } else {
    File file(to, O_CREAT | O_WRONLY);
    if (file.error()) return file.error();
  }
  return Errno::Of(mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr));
}

// There is one set of semaphores for the whole kernel; no namespace hides them.
TEST(Container, SeesTheHostsSemaphoresWhereTheyAreMounted) {
  Semaphore sem(kStart);
  Semaphore made = Semaphore::Named(UniqueName());
  EXPECT_EQ(Process([&]() -> Errno {
              const std::string root = "/tmp/container";
              if (Errno error = MakeContainer(root)) return error;
              if (Bind(kRoot, root + "/config", true)) return 1;
              if (Bind("/dev/ksem", root + "/dev", true)) return 2;
              if (chroot(root.c_str()) || chdir("/")) return 3;
              if (WriteFile("/config/" + sem.name() + "/wait", "1")) return 4;
              File device("/dev/" + sem.name(), O_RDWR);
              if (ioctl(device.fd(), KSEM_IOC_TAKE, 1)) return 5;
              // One more appears in both places.
              if (MakeDir("/config/" + made.name())) return 6;
              if (!Exists("/dev/" + made.name())) return 7;
              return 0;
            }).Result(),
            0)
      << "a step failed, by number";
  sem.Expect({.value = 1, .max = 5});
  EXPECT_EQ(made.Remove(), 0);
}

// Just one node, bound into a container: that one semaphore, and no more; also
// not the next one of its name.
TEST(Container, WithOneNodeUsesThatSemaphoreOnly) {
  Semaphore sem(kStart);
  EXPECT_EQ(Process([&]() -> Errno {
              const std::string root = "/tmp/container";
              const File config(kRoot, O_RDONLY | O_DIRECTORY);
              if (Errno error = MakeContainer(root)) return error;
              if (Bind(DevicePath(sem.name()), root + "/jobs", false)) return 1;
              if (chroot(root.c_str()) || chdir("/")) return 2;
              File device("/jobs", O_RDWR);
              if (device.Write("2") || Exists(sem.path())) return 3;
              if (unlinkat(config.fd(), sem.name().c_str(), AT_REMOVEDIR) ||
                  mkdirat(config.fd(), sem.name().c_str(), 0755)) {
                return 4;
              }
              if (File("/jobs", O_RDWR).error() != ENXIO) return 5;
              ksem_ioc_info info;
              if (ioctl(device.fd(), KSEM_IOC_INFO, &info)) return 6;
              return info.value == 5 ? 0 : 7;
            }).Result(),
            0)
      << "a step failed, by number";
  sem.Expect({});
}

// A mount that is read-only protects the files; a device can be written to all
// the same, as any device can.
TEST(Container, AReadOnlyMount) {
  Semaphore sem(kStart);
  EXPECT_EQ(Process([&]() -> Errno {
              const std::string root = "/tmp/container";
              if (Errno error = MakeContainer(root)) return error;
              if (Bind(kRoot, root + "/config", true)) return 1;
              if (Bind("/dev/ksem", root + "/dev", true)) return 2;
              for (const char* dir : {"/config", "/dev"}) {
                if (mount(nullptr, (root + dir).c_str(), nullptr,
                          MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr)) {
                  return 3;
                }
              }
              if (chroot(root.c_str()) || chdir("/")) return 4;
              const std::string files = "/config/" + sem.name() + "/";
              if (WriteFile(files + "post", "1") != EROFS) return 5;
              if (MakeDir("/config/x") != EROFS) return 6;
              // Reading takes a unit: the mount can't know.
              std::string text;
              if (ReadFile(files + "wait", &text)) return 7;
              File device("/dev/" + sem.name(), O_RDWR);
              return device.Write("2");
            }).Result(),
            0)
      << "a step failed, by number";
  sem.Expect({.value = 4, .max = 5});
}

}  // namespace
}  // namespace ksem_test

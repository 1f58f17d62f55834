// SPDX-License-Identifier: MIT
// Settings in one step: by a handle of the owner's, and for the next mkdir.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/process.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

constexpr gid_t kOtherGroup = 1234;
constexpr unsigned kAll = KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_ORDER |
                          KSEM_SET_UNDO | KSEM_SET_MAPPABLE;
constexpr ksem_settings kThreeOfFive = {
    .set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 3, .max = 5};

Errno Config(const Handle& handle, ksem_settings settings) {
  return handle.Request(KSEM_IOC_CONFIG, &settings);
}

std::string Read(const Semaphore& sem, const std::string& file) {
  std::string text = ReadOrFail(sem.path(file));
  if (text.ends_with("\n")) text.pop_back();
  return text;
}

struct stat NodeOf(const Semaphore& sem) {
  struct stat node = {};
  EXPECT_EQ(stat(DevicePath(sem.name()).c_str(), &node), 0);
  return node;
}

// A structure of now and what one of later could be like.
struct Grown {
  ksem_settings now;
  char later[40];
};

// Config.

TEST(Config, SetsEachAlone) {
  Semaphore sem({.value = 1, .max = 9});
  Handle handle(sem);
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_VALUE, .value = 4, .max = 1}), 0);
  handle.Expect({.value = 4, .max = 9});
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_MAX, .value = 99, .max = 6}), 0);
  handle.Expect({.value = 4, .max = 6});
  EXPECT_EQ(
      Config(handle, {.set = KSEM_SET_ORDER, .order = KSEM_ORDER_PRIORITY}), 0);
  handle.Expect({.value = 4, .max = 6, .order = "priority"});
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_ORDER, .order = KSEM_ORDER_FIFO}),
            0);
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_FAIR, .fair = 0}), 0);
  EXPECT_EQ(Read(sem, "fair"), "0");
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_FAIR, .fair = 1}), 0);
  EXPECT_EQ(Read(sem, "fair"), "1");
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_UNDO, .undo = 1}), 0);
  EXPECT_EQ(Read(sem, "undo"), "1");
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_UNDO, .mappable = 1}), 0);
  EXPECT_EQ(Read(sem, "undo"), "0");
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_MAPPABLE, .mappable = 0}), 0);
  EXPECT_EQ(Read(sem, "mappable"), "0");
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_MAPPABLE, .mappable = 1}), 0);
  handle.Expect({.value = 4, .max = 6});
}

TEST(Config, SetsAllAtOnce) {
  Semaphore sem({.value = 1, .max = 1});
  Handle handle(sem);
  EXPECT_EQ(Config(handle, {.set = kAll,
                            .value = 8,
                            .max = 9,
                            .order = KSEM_ORDER_PRIORITY,
                            .undo = 1,
                            .mappable = 0}),
            0);
  handle.Expect({.value = 8, .max = 9, .order = "priority"}, {.flags = 0});
  EXPECT_EQ(Read(sem, "undo"), "1");
  // The other way round, too: there is no order between value and max.
  EXPECT_EQ(
      Config(handle,
             {.set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 2, .max = 2}),
      0);
  handle.Expect({.value = 2, .max = 2, .order = "priority"}, {.flags = 0});
}

struct Bad {
  const char* what;
  ksem_settings settings;
  int error;
};

// Each of them has something good in it, too.
const Bad kBad[] = {
    {"nothing", {}, EINVAL},
    {"an unknown setting", {.set = 0x80000000 | KSEM_SET_VALUE}, EINVAL},
    {"a mode", {.set = KSEM_SET_MODE | KSEM_SET_VALUE, .mode = 0600}, EINVAL},
    {"a group", {.set = KSEM_SET_GROUP | KSEM_SET_VALUE}, EINVAL},
    {"record 2",
     {.set = KSEM_SET_RECORD | KSEM_SET_VALUE, .record = 2},
     EINVAL},
    {"shutdown and more", {.set = KSEM_SET_SHUTDOWN | KSEM_SET_VALUE}, EINVAL},
    {"max 0", {.set = KSEM_SET_MAX | KSEM_SET_VALUE}, EINVAL},
    {"too large a max",
     {.set = KSEM_SET_MAX | KSEM_SET_VALUE, .max = kMax + 1},
     EINVAL},
    {"max below the value", {.set = KSEM_SET_MAX, .max = 2}, EINVAL},
    {"value above max",
     {.set = KSEM_SET_VALUE | KSEM_SET_UNDO, .value = 6, .undo = 1},
     EOVERFLOW},
    {"value above the new max",
     {.set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 9, .max = 8},
     EOVERFLOW},
    {"too large a value",
     {.set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = kMax + 1, .max = kMax},
     EOVERFLOW},
    {"order 2", {.set = KSEM_SET_ORDER | KSEM_SET_VALUE, .order = 2}, EINVAL},
    {"undo 2", {.set = KSEM_SET_UNDO | KSEM_SET_VALUE, .undo = 2}, EINVAL},
    {"fair 2", {.set = KSEM_SET_FAIR | KSEM_SET_VALUE, .fair = 2}, EINVAL},
    {"mappable 2",
     {.set = KSEM_SET_MAPPABLE | KSEM_SET_VALUE, .mappable = 2},
     EINVAL},
};

TEST(Config, AllOrNothing) {
  Semaphore sem({.value = 3, .max = 5});
  Handle handle(sem);
  for (const Bad& bad : kBad) {
    EXPECT_EQ(Config(handle, bad.settings), bad.error) << bad.what;
    handle.Expect({.value = 3, .max = 5});
    EXPECT_EQ(Read(sem, "undo"), "0");
  }
}

TEST(Config, UnderAWaiter) {
  Semaphore sem({.value = 1, .max = 5});
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&] { return handle.Wait({.units = 3}); });
  EXPECT_EQ(Config(handle,
                   {.set = KSEM_SET_MAX | KSEM_SET_UNDO, .max = 2, .undo = 1}),
            EBUSY);
  EXPECT_EQ(Config(handle, {.set = KSEM_SET_ORDER | KSEM_SET_VALUE,
                            .value = 3,
                            .order = KSEM_ORDER_PRIORITY}),
            EBUSY);
  handle.Expect({.value = 1, .max = 5, .waiters = 1});
  EXPECT_EQ(Read(sem, "undo"), "0");
  // What is enough for the waiter wakes it.
  EXPECT_EQ(
      Config(handle,
             {.set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 4, .max = 4}),
      0);
  EXPECT_EQ(waiter.Result(), 0);
  handle.Expect({.value = 1, .max = 4});
}

TEST(Config, AfterShutdownAndRemoval) {
  Semaphore sem({.value = 1}), removed({.value = 1});
  Handle handle(sem), left(removed);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(Config(handle, kThreeOfFive), EIDRM);
  EXPECT_EQ(removed.Remove(), 0);
  EXPECT_EQ(Config(left, kThreeOfFive), 0);
  left.ExpectWithoutFiles({.value = 3, .max = 5});
}

TEST(Config, GoesByTheIdentity) {
  Semaphore sem;
  Handle handle(sem);
  ksem_settings settings = kThreeOfFive;
  settings.id = handle.Info().id + 1;
  EXPECT_EQ(Config(handle, settings), ESTALE);
  handle.Expect({});
  settings.id = handle.Info().id;
  EXPECT_EQ(Config(handle, settings), 0);
  handle.Expect({.value = 3, .max = 5});
}

TEST(Config, Sizes) {
  Semaphore sem;
  Handle handle(sem);
  Grown grown = {.now = kThreeOfFive};
  for (size_t size = 0; size < sizeof(ksem_settings); size++) {
    EXPECT_EQ(handle.Request(WithSize(KSEM_IOC_CONFIG, size), &grown), EINVAL);
  }
  grown.later[7] = 1;
  EXPECT_EQ(handle.Request(WithSize(KSEM_IOC_CONFIG, sizeof(grown)), &grown),
            E2BIG);
  EXPECT_EQ(handle.Request(KSEM_IOC_CONFIG, nullptr), EFAULT);
  handle.Expect({});
  grown.later[7] = 0;
  EXPECT_EQ(handle.Request(WithSize(KSEM_IOC_CONFIG, sizeof(grown)), &grown),
            0);
  handle.Expect({.value = 3, .max = 5});
}

// Whose node it is counts, not who opened it nor for what.
TEST(Config, IsForTheOwner) {
  Semaphore sem({.value = 1});
  const std::string path = DevicePath(sem.name());
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  Handle roots(sem);
  EXPECT_TRUE(roots.Info().flags & KSEM_INFO_OWNER);
  EXPECT_EQ(AsUser([&]() -> Errno {
              Handle own(sem);
              for (const Handle* handle : {&own, &roots}) {
                if (handle->Info().flags & KSEM_INFO_OWNER) return EPROTO;
                if (Config(*handle, kThreeOfFive) != EPERM) return EPROTO;
              }
              return 0;
            }),
            0);
  roots.Expect({.value = 1});
  ASSERT_EQ(chown(path.c_str(), kUser, 0), 0);
  EXPECT_EQ(AsUser([&]() -> Errno {
              for (int flags : {O_RDWR, O_RDONLY, O_WRONLY}) {
                Handle own(sem, flags);
                if (!(own.Info().flags & KSEM_INFO_OWNER)) return EPROTO;
                if (Errno error = Config(own, kThreeOfFive)) return error;
              }
              return Config(roots, kThreeOfFive);
            }),
            0);
  // CAP_FOWNER.
  EXPECT_TRUE(roots.Info().flags & KSEM_INFO_OWNER);
  EXPECT_EQ(Config(roots, {.set = KSEM_SET_VALUE, .value = 2}), 0);
  roots.Expect({.value = 2, .max = 5});
}

// What INFO says of mapping.

unsigned MapOf(const Semaphore& sem, int flags = O_RDWR) {
  return Handle(sem, flags).Info().map;
}

TEST(Map, SaysWhyNot) {
  Semaphore sem;
  EXPECT_EQ(MapOf(sem), unsigned{KSEM_MAP_OK});
  EXPECT_EQ(MapOf(sem, O_RDONLY), unsigned{KSEM_MAP_MODE});
  EXPECT_EQ(MapOf(sem, O_WRONLY), unsigned{KSEM_MAP_MODE});
  Handle before(sem);
  EXPECT_EQ(Config(before, {.set = KSEM_SET_UNDO, .undo = 1}), 0);
  EXPECT_EQ(MapOf(sem), unsigned{KSEM_MAP_UNDO});
  // The rule is for those that are opened later.
  EXPECT_EQ(before.Info().map, unsigned{KSEM_MAP_OK});
  EXPECT_EQ(Config(before, {.set = KSEM_SET_MAPPABLE | KSEM_SET_UNDO}), 0);
  EXPECT_EQ(MapOf(sem), unsigned{KSEM_MAP_FORBIDDEN});
  EXPECT_EQ(before.Info().map, unsigned{KSEM_MAP_FORBIDDEN});
  EXPECT_FALSE(before.Info().flags & KSEM_INFO_MAPPABLE);
}

// The settings of the next mkdir.

class Control : public File {
 public:
  Control() : File(KSEM_CONTROL, O_RDWR) { EXPECT_EQ(error(), 0); }

  Errno Next(ksem_settings settings) const {
    return Request(KSEM_IOC_NEXT, &settings);
  }
  Errno Request(unsigned long command, void* argument) const {
    return Errno::Of(ioctl(fd(), command, argument));
  }
};

// One that this makes and removes, by mkdir alone.
class Made {
 public:
  Made() { EXPECT_EQ(MakeDir(sem_.path()), 0); }
  ~Made() { EXPECT_EQ(sem_.Remove(), 0); }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;

  const Semaphore& operator*() const { return sem_; }
  const Semaphore* operator->() const { return &sem_; }

 private:
  const Semaphore sem_ = Semaphore::Named(UniqueName());
};

TEST(Next, HasAllSettings) {
  const Control control;
  EXPECT_EQ(control.Next({.set = kAll | KSEM_SET_FAIR | KSEM_SET_RECORD |
                                 KSEM_SET_MODE | KSEM_SET_GROUP,
                          .value = 3,
                          .max = 5,
                          .order = KSEM_ORDER_PRIORITY,
                          .undo = 1,
                          .mappable = 0,
                          .mode = 0640,
                          .group = kOtherGroup,
                          .record = 1}),
            0);
  const Made made;
  made->Expect({.value = 3, .max = 5, .order = "priority"});
  EXPECT_EQ(Read(*made, "fair"), "0");
  EXPECT_EQ(Read(*made, "record"), "1");
  EXPECT_EQ(Read(*made, "undo"), "1");
  EXPECT_EQ(Read(*made, "mappable"), "0");
  EXPECT_EQ(NodeOf(*made).st_mode, mode_t{S_IFCHR | 0640});
  EXPECT_EQ(NodeOf(*made).st_uid, 0u);
  EXPECT_EQ(NodeOf(*made).st_gid, kOtherGroup);
}

TEST(Next, CanClearAllPermissions) {
  const Control control;
  EXPECT_EQ(control.Next({.set = KSEM_SET_MODE, .mode = 0}), 0);
  const Made made;
  EXPECT_EQ(NodeOf(*made).st_mode, mode_t{S_IFCHR});
}

TEST(Next, IsForOneMkdir) {
  const Control control;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  const Made first, second;
  first->Expect({.value = 3, .max = 5});
  second->Expect({});
}

TEST(Next, TheLastOneCounts) {
  const Control control, other;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  EXPECT_EQ(other.Next({.set = KSEM_SET_VALUE, .value = 9}), 0);
  {
    const Made made;
    made->Expect({.value = 9});
  }
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  EXPECT_EQ(other.Next({}), 0);
  const Made made;
  made->Expect({});
}

TEST(Next, IsGivenUpOnClose) {
  {
    const Control control;
    EXPECT_EQ(control.Next(kThreeOfFive), 0);
  }
  const Made made;
  made->Expect({});
}

// A mkdir that doesn't get to the module leaves them there.
TEST(Next, OutlastsANameThatIsTaken) {
  const Control control;
  const Made taken;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  EXPECT_EQ(MakeDir(taken->path()), EEXIST);
  const Made made;
  made->Expect({.value = 3, .max = 5});
  taken->Expect({});
}

TEST(Next, DoesNotOutlastABadName) {
  const Control control;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  EXPECT_EQ(MakeDir(std::string(kRoot) + "/a!b"), EINVAL);
  const Made made;
  made->Expect({});
}

// Nor does a program with other rights make one with them.
TEST(Next, DoesNotOutlastTheRights) {
  const Semaphore sem = Semaphore::Named(UniqueName());
  const auto made_after = [&](const std::function<Errno()>& make) {
    Process maker([&]() -> Errno {
      const int control = open(KSEM_CONTROL, O_RDWR);
      ksem_settings next = kThreeOfFive;
      if (ioctl(control, KSEM_IOC_NEXT, &next) != 0) return errno;
      return make();
    });
    EXPECT_EQ(maker.Result(), 0);
    sem.Expect({});
    EXPECT_EQ(sem.Remove(), 0);
  };
  made_after([&]() -> Errno {
    execlp("mkdir", "mkdir", sem.path().c_str(), nullptr);
    return errno;
  });
  made_after([&]() -> Errno {
    const gid_t group = kOtherGroup;
    if (setgroups(1, &group) != 0) return errno;
    return MakeDir(sem.path());
  });
}

TEST(Next, IsTheThreadsOwn) {
  const Control control;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  std::thread([] {
    const Made made;
    made->Expect({});
  }).join();
  EXPECT_EQ(Process([]() -> Errno {
              const Made made;
              made->Expect({});
              return testing::Test::HasFailure() ? EPROTO : 0;
            }).Result(),
            0);
  const Made made;
  made->Expect({.value = 3, .max = 5});
}

// One open file has the settings of one thread.
TEST(Next, OfAnotherThreadByTheSameFile) {
  const Control control;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  std::thread([&] {
    EXPECT_EQ(control.Next({.set = KSEM_SET_VALUE, .value = 7}), 0);
    const Made made;
    made->Expect({.value = 7});
  }).join();
  const Made made;
  made->Expect({});
}

TEST(Next, ThreadsDoNotMixThemUp) {
  constexpr unsigned kThreads = 4;
  std::vector<std::jthread> threads;
  for (unsigned number = 1; number <= kThreads; number++) {
    threads.emplace_back([=] {
      for (int round = 0; round < 25; round++) {
        const Control control;
        EXPECT_EQ(control.Next({.set = KSEM_SET_VALUE | KSEM_SET_MAX,
                                .value = number,
                                .max = number}),
                  0);
        const Made made;
        made->Expect({.value = number, .max = number});
      }
    });
  }
}

// A thread that is gone leaves nothing to the one that gets its number.
TEST(Next, DiesWithTheThread) {
  const Control control;
  std::thread([&] { EXPECT_EQ(control.Next(kThreeOfFive), 0); }).join();
  const Made made;
  made->Expect({});
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  const Made second;
  second->Expect({.value = 3, .max = 5});
}

const Bad kBadNext[] = {
    {"an unknown setting", {.set = 0x80000000}, EINVAL},
    {"an identity", {.set = KSEM_SET_VALUE, .id = 1}, EINVAL},
    {"shutdown", {.set = KSEM_SET_SHUTDOWN}, EINVAL},
    {"a mode with more", {.set = KSEM_SET_MODE, .mode = 01777}, EINVAL},
    {"no group", {.set = KSEM_SET_GROUP, .group = ~0U}, EINVAL},
};

TEST(Next, BadOnesChangeNothing) {
  const Control control;
  EXPECT_EQ(control.Next(kThreeOfFive), 0);
  for (const Bad& bad : kBadNext) {
    EXPECT_EQ(control.Next(bad.settings), bad.error) << bad.what;
  }
  const Made made;
  made->Expect({.value = 3, .max = 5});
}

const Bad kBadMkdir[] = {
    {"value above max",
     {.set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 6, .max = 5},
     EOVERFLOW},
    {"max 0", {.set = KSEM_SET_MAX}, EINVAL},
    {"too large a max", {.set = KSEM_SET_MAX, .max = kMax + 1}, EINVAL},
    {"order 2", {.set = KSEM_SET_ORDER, .order = 2}, EINVAL},
    {"undo 2", {.set = KSEM_SET_UNDO, .undo = 2}, EINVAL},
    {"mappable 2", {.set = KSEM_SET_MAPPABLE, .mappable = 2}, EINVAL},
};

// The error comes from one of the two; nothing is made, and nothing is left.
TEST(Next, WhatMkdirRefuses) {
  const Control control;
  const Semaphore sem = Semaphore::Named(UniqueName());
  for (const Bad& bad : kBadMkdir) {
    SCOPED_TRACE(bad.what);
    const Errno next = control.Next(bad.settings);
    EXPECT_EQ(next ? next : MakeDir(sem.path()), bad.error);
    EXPECT_FALSE(Exists(sem.path()));
    EXPECT_FALSE(Exists(DevicePath(sem.name())));
    const Made made;
    made->Expect({});
  }
}

TEST(Next, Sizes) {
  const Control control;
  Grown grown = {.now = kThreeOfFive};
  for (size_t size = 0; size < sizeof(ksem_settings); size++) {
    EXPECT_EQ(control.Request(WithSize(KSEM_IOC_NEXT, size), &grown), EINVAL);
  }
  grown.later[7] = 1;
  EXPECT_EQ(control.Request(WithSize(KSEM_IOC_NEXT, sizeof(grown)), &grown),
            E2BIG);
  EXPECT_EQ(control.Request(KSEM_IOC_NEXT, nullptr), EFAULT);
  {
    const Made made;
    made->Expect({});
  }
  grown.later[7] = 0;
  EXPECT_EQ(control.Request(WithSize(KSEM_IOC_NEXT, sizeof(grown)), &grown), 0);
  const Made made;
  made->Expect({.value = 3, .max = 5});
}

TEST(Next, IsTheOnlyRequest) {
  const Control control;
  char nothing[sizeof(ksem_settings)] = {};
  for (unsigned long command :
       {KSEM_IOC_WAIT, KSEM_IOC_POST, KSEM_IOC_INFO, KSEM_IOC_CONFIG,
        static_cast<unsigned long>(TCGETS)}) {
    EXPECT_EQ(control.Request(command, nothing), ENOTTY);
  }
  Semaphore sem;
  Handle handle(sem);
  EXPECT_EQ(handle.Request(KSEM_IOC_NEXT, nothing), ENOTTY);
  EXPECT_EQ(Any({Take(handle), {.fd = control.fd(), .units = 1}}), EINVAL);
  EXPECT_EQ(MakeDir(std::string(kRoot) + ".control"), EEXIST);
}

// An ordinary user who may mkdir sets all of it, for groups of its own.
TEST(Next, IsForEverybody) {
  ASSERT_EQ(chmod(kRoot, 0777), 0);
  const Semaphore sem = Semaphore::Named(UniqueName());
  EXPECT_EQ(AsUser(
                [&]() -> Errno {
                  const Control control;
                  ksem_settings settings = {
                      .set = kAll | KSEM_SET_MODE | KSEM_SET_GROUP,
                      .value = 3,
                      .max = 5,
                      .order = KSEM_ORDER_PRIORITY,
                      .mappable = 1,
                      .mode = 0660,
                      .group = 0};
                  if (control.Next(settings) != EPERM) return EPROTO;
                  settings.group = kOtherGroup;
                  if (Errno error = control.Next(settings)) return error;
                  return MakeDir(sem.path());
                },
                kOtherGroup),
            0);
  sem.Expect({.value = 3, .max = 5, .order = "priority"});
  EXPECT_EQ(NodeOf(sem).st_mode, mode_t{S_IFCHR | 0660});
  EXPECT_EQ(NodeOf(sem).st_uid, kUser);
  EXPECT_EQ(NodeOf(sem).st_gid, kOtherGroup);
  EXPECT_EQ(sem.Remove(), 0);
  ASSERT_EQ(chmod(kRoot, 0755), 0);
  // Settings are no permission.
  EXPECT_EQ(AsUser([&]() -> Errno {
              const Control control;
              if (Errno error = control.Next(kThreeOfFive)) return error;
              return MakeDir(sem.path());
            }),
            EACCES);
}

// It is whole when it is seen first, by the node and by the files.
TEST(Next, NobodySeesAHalfMadeOne) {
  const Semaphore sem = Semaphore::Named(UniqueName());
  Process maker([&]() -> Errno {
    for (;;) {
      const Control control;
      if (Errno error = control.Next(kThreeOfFive)) return error;
      if (Errno error = MakeDir(sem.path())) return error;
      if (Errno error = sem.Remove()) return error;
    }
  });
  for (int seen = 0; seen < 300 && !testing::Test::HasFailure();) {
    File handle(DevicePath(sem.name()), O_RDWR);
    if (handle.error()) continue;
    ksem_ioc_info info = {};
    EXPECT_EQ(ioctl(handle.fd(), KSEM_IOC_INFO, &info), 0);
    EXPECT_EQ(info.value, 3u);
    EXPECT_EQ(info.max, 5u);
    std::string max;
    if (ReadFile(sem.path("max"), &max) == 0) {
      EXPECT_EQ(max, "5\n");
    }
    seen++;
  }
  maker.Signal(SIGKILL);
  maker.Join();
  if (Exists(sem.path())) {
    sem.Expect({.value = 3, .max = 5});
    EXPECT_EQ(sem.Remove(), 0);
  }
}

}  // namespace
}  // namespace ksem_test

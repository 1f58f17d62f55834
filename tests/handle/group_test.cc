// SPDX-License-Identifier: MIT
// Groups: members that are used by the handle of their head, and what is
// recorded of them.
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/busy.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"
#include "tests/support/user.h"

namespace ksem_test {
namespace {

constexpr unsigned kKey = 0xcafe;

uint64_t Address(const void* data) { return reinterpret_cast<uint64_t>(data); }

Errno Begin(const Handle& head, unsigned members) {
  ksem_ioc_group group = {.members = members, .key = kKey};
  return head.Request(KSEM_IOC_GROUP, &group);
}

Errno Join(const Handle& head, const Handle& member) {
  ksem_ioc_join join = {.fd = member.fd()};
  return head.Request(KSEM_IOC_JOIN, &join);
}

Errno Record(const Handle& handle, unsigned record) {
  ksem_settings settings = {.set = KSEM_SET_RECORD, .record = record};
  return handle.Request(KSEM_IOC_CONFIG, &settings);
}

Errno Shutdown(const Handle& handle) {
  ksem_settings settings = {.set = KSEM_SET_SHUTDOWN};
  return handle.Request(KSEM_IOC_CONFIG, &settings);
}

Errno Operate(const Handle& head, std::vector<sembuf> operations,
              const timespec* timeout = nullptr) {
  ksem_ioc_semop request = {.ops = Address(operations.data()),
                            .timeout = Address(timeout),
                            .nr = static_cast<__u32>(operations.size())};
  return head.Request(KSEM_IOC_SEMOP, &request);
}

sembuf Op(unsigned short member, short units, short flags = 0) {
  return {member, units, flags};
}

ksem_ioc_member Look(const Handle& head, unsigned index) {
  ksem_ioc_member member = {.index = index};
  EXPECT_EQ(head.Request(KSEM_IOC_MEMBER, &member), 0);
  return member;
}

// A head with recorded members.
struct Group {
  explicit Group(std::vector<unsigned> values) : handle(head) {
    EXPECT_EQ(Begin(handle, values.size()), 0);
    for (const unsigned value : values) {
      members.push_back(std::make_unique<Semaphore>(State{.value = value}));
      const Handle member(*members.back());
      EXPECT_EQ(Record(member, 1), 0);
      EXPECT_EQ(Join(handle, member), 0);
    }
  }

  std::vector<unsigned> Values() const {
    std::vector<unsigned> values;
    for (const auto& member : members) values.push_back(member->state().value);
    return values;
  }

  Semaphore head;
  Handle handle;
  std::vector<std::unique_ptr<Semaphore>> members;
};

using Values = std::vector<unsigned>;

TEST(Group, IsThereFromItsLastMemberOn) {
  const Semaphore head, one, two;
  const Handle handle(head);
  EXPECT_EQ(Operate(handle, {Op(0, 1)}), ENOENT);
  EXPECT_EQ(Join(handle, Handle(one)), ENOENT);
  EXPECT_EQ(Begin(handle, 2), 0);
  EXPECT_EQ(Join(handle, Handle(one)), 0);
  EXPECT_EQ(Operate(handle, {Op(0, 1)}), ENOENT);
  EXPECT_FALSE(handle.Info().flags & KSEM_INFO_GROUP);
  // One that was begun and left is forgotten.
  EXPECT_EQ(Begin(handle, 2), 0);
  EXPECT_EQ(Join(handle, Handle(one)), 0);
  EXPECT_EQ(Join(handle, Handle(two)), 0);
  EXPECT_TRUE(handle.Info().flags & KSEM_INFO_GROUP);
  EXPECT_EQ(Operate(handle, {Op(1, 1)}), 0);
  two.Expect({.value = 1});
  EXPECT_EQ(Begin(handle, 2), EEXIST);
  EXPECT_EQ(Join(handle, Handle(one)), ENOENT);
}

TEST(Group, RefusesNonsense) {
  const Semaphore head, member, third;
  const Handle handle(head);
  EXPECT_EQ(Begin(handle, 0), EINVAL);
  EXPECT_EQ(Begin(handle, KSEM_GROUP_MAX + 1), EINVAL);
  EXPECT_EQ(Begin(handle, 1), 0);
  EXPECT_EQ(Join(handle, handle), EINVAL);
  ksem_ioc_join join = {.fd = -1};
  EXPECT_EQ(handle.Request(KSEM_IOC_JOIN, &join), EBADF);
  const File null("/dev/null", O_RDWR);
  join.fd = null.fd();
  EXPECT_EQ(handle.Request(KSEM_IOC_JOIN, &join), EINVAL);
  EXPECT_EQ(Join(handle, Handle(member, O_RDONLY)), EBADF);
  EXPECT_EQ(Join(handle, Handle(member, O_WRONLY)), EBADF);
  EXPECT_EQ(Join(handle, Handle(member)), 0);
  // No member is a head, no head a member.
  EXPECT_EQ(Begin(Handle(member), 1), EINVAL);
  const Handle other(third);
  EXPECT_EQ(Begin(other, 1), 0);
  EXPECT_EQ(Join(other, handle), EINVAL);
}

TEST(Group, IsTheOwners) {
  const Semaphore head, member;
  const Handle handle(head), joining(member);
  const Errno user = Process([&] {
                       BecomeUser();
                       if (Begin(handle, 1) != EPERM) return Errno(1);
                       if (Join(handle, joining) != EPERM) return Errno(2);
                       return Shutdown(handle);
                     }).Result();
  EXPECT_EQ(user, EPERM);
}

TEST(Group, OperatesInOneStep) {
  const Group group({2, 0, 5});
  EXPECT_EQ(Operate(group.handle, {Op(0, -2), Op(1, 3), Op(1, -1)}), 0);
  EXPECT_EQ(group.Values(), Values({0, 2, 5}));
  EXPECT_EQ(Operate(group.handle, {Op(2, -5), Op(0, -1, IPC_NOWAIT)}), EAGAIN);
  EXPECT_EQ(Operate(group.handle, {Op(0, 0)}), 0);
  EXPECT_EQ(Operate(group.handle, {Op(1, 0, IPC_NOWAIT)}), EAGAIN);
  EXPECT_EQ(group.Values(), Values({0, 2, 5}));
  EXPECT_EQ(Operate(group.handle, {}), EINVAL);
  EXPECT_EQ(Operate(group.handle, {Op(3, 1)}), EFBIG);
  EXPECT_EQ(Operate(group.handle, std::vector<sembuf>(65, Op(0, 1))), E2BIG);
  EXPECT_EQ(Operate(group.handle, std::vector<sembuf>(64, Op(0, 1))), 0);
  EXPECT_EQ(group.Values(), Values({64, 2, 5}));
}

TEST(Group, WaitsForATime) {
  const Group group({0});
  const timespec soon = {0, 1'000'000}, bad = {0, 1'000'000'000};
  EXPECT_EQ(Operate(group.handle, {Op(0, -1)}, &soon), EAGAIN);
  EXPECT_EQ(Operate(group.handle, {Op(0, -1)}, &bad), EINVAL);
  const auto* nothing = reinterpret_cast<const timespec*>(8);
  EXPECT_EQ(Operate(group.handle, {Op(0, -1)}, nothing), EFAULT);
  ksem_ioc_semop request = {.ops = 8, .nr = 1};
  EXPECT_EQ(group.handle.Request(KSEM_IOC_SEMOP, &request), EFAULT);
  request.nr = 2;
  EXPECT_EQ(group.handle.Request(KSEM_IOC_SEMOP, &request), EFAULT);
}

TEST(Group, IsWokenByItsMembers) {
  const Group group({0, 1});
  Process one = StartWaiter(*group.members[0],
                            [&] { return Operate(group.handle, {Op(0, -1)}); });
  Process zero = StartWaiter(*group.members[1], [&] {
    return Operate(group.handle, {Op(1, 0), Op(1, 4)});
  });
  EXPECT_EQ(Look(group.handle, 0).for_units, 1u);
  EXPECT_EQ(Look(group.handle, 1).for_zero, 1u);
  EXPECT_EQ(group.members[0]->Post("1"), 0);
  EXPECT_EQ(one.Result(), 0);
  EXPECT_EQ(group.members[1]->Wait("1"), 0);
  EXPECT_EQ(zero.Result(), 0);
  EXPECT_EQ(group.Values(), Values({0, 4}));
}

TEST(Group, EndsWithItsHead) {
  const Group group({0});
  Process waiter = StartWaiter(
      *group.members[0], [&] { return Operate(group.handle, {Op(0, -1)}); });
  EXPECT_EQ(Shutdown(group.handle), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  EXPECT_EQ(Shutdown(group.handle), EIDRM);
  EXPECT_EQ(Operate(group.handle, {Op(0, 1)}), EIDRM);
  EXPECT_EQ(Operate(group.handle, {Op(0, 1), Op(0, -1)}), EIDRM);
  ksem_ioc_member member = {};
  EXPECT_EQ(group.handle.Request(KSEM_IOC_MEMBER, &member), EIDRM);
  // The members themselves go on.
  EXPECT_EQ(group.members[0]->Post("1"), 0);
  group.members[0]->Expect({.value = 1});
}

// A wait in a member's queue also ends with the head, but not by its units.
TEST(Group, UnitsOfItsHeadServeNobody) {
  const Group group({0});
  const auto wait = [&] {
    return StartWaiter(*group.members[0],
                       [&] { return Operate(group.handle, {Op(0, -1)}); });
  };
  Process first = wait(), second = wait();
  EXPECT_EQ(group.handle.Post({.units = KSEM_VALUE_MAX}), 0);
  group.head.Expect({.value = KSEM_VALUE_MAX, .waiters = 2});
  EXPECT_EQ(group.head.Set("value", "3"), 0);
  EXPECT_EQ(group.head.Set("max", "3"), 0);
  EXPECT_EQ(group.members[0]->Post("1"), 0);
  EXPECT_EQ(first.Result(), 0);
  second.Signal(SIGTERM);
  EXPECT_EQ(second.Join(), End{.signal = SIGTERM});
  group.head.Expect({.value = 3, .max = 3});
}

// Nor is it in anybody's way there.
TEST(Group, ABlockedOneLeavesTheUnitsOfItsHead) {
  const Group group({0});
  EXPECT_EQ(group.handle.Post({.units = 2}), 0);
  Process waiter = StartWaiter(
      *group.members[0], [&] { return Operate(group.handle, {Op(0, -1)}); });
  const ksem_ioc_info info = group.handle.Info();
  EXPECT_EQ(info.waiters, 1u);
  EXPECT_EQ(info.for_units, 0u);
  pollfd head = {.fd = group.handle.fd(), .events = POLLIN};
  EXPECT_EQ(poll(&head, 1, 0), 1);
  EXPECT_EQ(group.handle.Wait({.units = 1, .flags = KSEM_WAIT_NOWAIT}), 0);
  Process second =
      StartWaiter(group.head, [&] { return group.handle.Wait({.units = 2}); });
  EXPECT_EQ(group.handle.Post(), 0);
  EXPECT_EQ(second.Result(), 0);
  EXPECT_EQ(Shutdown(group.handle), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
}

TEST(Group, ABlockedOneIsCountedByItsHead) {
  const Group group({0, 0});
  Watched waiters(group.head, "waiters");
  EXPECT_EQ(waiters.Read(), "0\n");
  Process blocked = StartWaiter(
      *group.members[0], [&] { return Operate(group.handle, {Op(0, -1)}); });
  EXPECT_TRUE(waiters.Changes());
  EXPECT_EQ(waiters.Read(), "1\n");
  EXPECT_EQ(group.members[0]->Post(), 0);
  EXPECT_EQ(blocked.Result(), 0);
  EXPECT_TRUE(waiters.Changes());
  EXPECT_EQ(waiters.Read(), "0\n");
}

TEST(Group, DoesNotBlockByANonblockingHandle) {
  const Group group({0});
  const Handle handle(group.head, O_RDWR | O_NONBLOCK);
  EXPECT_EQ(Operate(handle, {Op(0, -1)}), EAGAIN);
  EXPECT_EQ(Operate(handle, {Op(0, 1), Op(0, -2)}), EAGAIN);
  EXPECT_EQ(Operate(handle, {Op(0, 1), Op(0, 0)}), EAGAIN);
  EXPECT_EQ(Operate(handle, {Op(0, 1)}), 0);
  EXPECT_EQ(Operate(handle, {Op(0, -1)}), 0);
}

TEST(Group, UndoesWhenItsHandleIsClosed) {
  const Group group({3, 0});
  {
    const Handle handle(group.head);
    EXPECT_EQ(Operate(handle, {Op(0, -2, SEM_UNDO)}), 0);
    EXPECT_EQ(Operate(handle, {Op(1, 4, SEM_UNDO), Op(1, -1)}), 0);
    EXPECT_EQ(group.Values(), Values({1, 3}));
  }
  EXPECT_EQ(group.Values(), Values({3, 0}));
  {
    const Handle handle(group.head);
    EXPECT_EQ(Operate(handle, {Op(0, -2, SEM_UNDO)}), 0);
    const __u16 five = 5;
    ksem_ioc_values values = {.values = Address(&five), .first = 0, .nr = 1};
    EXPECT_EQ(group.handle.Request(KSEM_IOC_SET_VALUES, &values), 0);
  }
  EXPECT_EQ(group.Values(), Values({5, 0}));
}

// Though a child still has the handle.
TEST(Group, UndoesWhenItsProcessHasEnded) {
  const Group group({3, 0});
  const Flag end;
  Process parent([&] {
    const Handle handle(group.head);
    if (Errno error = Operate(handle, {Op(0, -2, SEM_UNDO)})) return error;
    if (Errno error = Operate(handle, {Op(1, 4, SEM_UNDO)})) return error;
    if (fork() == 0) {
      while (!end.raised()) usleep(1000);
      _exit(0);
    }
    // Its end, not that of the C++ object, is meant.
    _exit(0);
  });
  EXPECT_EQ(parent.Result(), 0);
  EXPECT_EQ(group.Values(), Values({3, 0}));
  end.Raise();
}

// A thread that has descriptors of its own closes them, but its process goes
// on.
TEST(Group, DoesNotUndoWhenAThreadEnds) {
  const Group group({3, 0});
  const Handle handle(group.head);
  EXPECT_EQ(Operate(handle, {Op(0, -2, SEM_UNDO)}), 0);
  pid_t tid = 0;
  std::thread([&] {
    tid = gettid();
    EXPECT_EQ(unshare(CLONE_FILES), 0);
  }).join();
  EXPECT_TRUE(Eventually([&] { return tgkill(getpid(), tid, 0) != 0; }));
  EXPECT_EQ(group.Values(), Values({1, 0}));
}

TEST(Group, UndoesAllWithTheRule) {
  const Group group({3, 0});
  EXPECT_EQ(group.head.Set("undo", "1"), 0);
  {
    const Handle handle(group.head);
    EXPECT_EQ(Operate(handle, {Op(0, -2)}), 0);
    EXPECT_EQ(Operate(handle, {Op(0, -1), Op(1, 4)}), 0);
    EXPECT_EQ(group.Values(), Values({0, 4}));
  }
  EXPECT_EQ(group.Values(), Values({3, 0}));
}

// A member that has no group any more can be the head of one.
TEST(Group, ItsMembersAreFreeAfterIt) {
  const Semaphore sem;
  const Handle handle(sem);
  {
    const Semaphore head;
    const Handle owner(head);
    EXPECT_EQ(Begin(owner, 2), 0);
    EXPECT_EQ(Join(owner, handle), 0);
    EXPECT_EQ(Begin(handle, 1), EINVAL);
    // What had been begun is forgotten.
    EXPECT_EQ(Begin(owner, 1), 0);
    EXPECT_EQ(Begin(handle, 1), 0);
    EXPECT_EQ(Join(owner, handle), EINVAL);
  }
  const Semaphore member;
  EXPECT_EQ(Join(handle, Handle(member)), 0);
}

TEST(Group, NeedsPermissionForItsHead) {
  const Group group({1});
  const Handle reader(group.head, O_RDONLY), writer(group.head, O_WRONLY);
  EXPECT_EQ(Operate(reader, {Op(0, 1)}), EACCES);
  EXPECT_EQ(Operate(writer, {Op(0, 0, IPC_NOWAIT)}), EACCES);
  EXPECT_EQ(Operate(reader, {Op(0, 0, IPC_NOWAIT)}), EAGAIN);
  EXPECT_EQ(Operate(writer, {Op(0, 1)}), 0);
  __u16 value = 7;
  ksem_ioc_values values = {.values = Address(&value), .first = 0, .nr = 1};
  ksem_ioc_member member = {};
  EXPECT_EQ(reader.Request(KSEM_IOC_SET_VALUES, &values), EACCES);
  EXPECT_EQ(writer.Request(KSEM_IOC_GET_VALUES, &values), EACCES);
  EXPECT_EQ(writer.Request(KSEM_IOC_MEMBER, &member), EACCES);
  EXPECT_EQ(reader.Request(KSEM_IOC_GET_VALUES, &values), 0);
  EXPECT_EQ(value, 2);
}

TEST(Group, SetsAndTellsValues) {
  std::vector<unsigned> zeros(100, 0);
  const Group group(zeros);
  std::vector<__u16> set, got(100, 1);
  for (int i = 0; i < 100; i++) set.push_back(i);
  ksem_ioc_values values = {
      .values = Address(set.data()), .first = 0, .nr = 100};
  EXPECT_EQ(group.handle.Request(KSEM_IOC_SET_VALUES, &values), 0);
  values.values = Address(got.data());
  EXPECT_EQ(group.handle.Request(KSEM_IOC_GET_VALUES, &values), 0);
  EXPECT_EQ(got, set);
  for (const auto& [first, nr] :
       {std::pair{0u, 0u}, {100u, 1u}, {99u, 2u}, {1u, 0xffffffffu}}) {
    values.first = first;
    values.nr = nr;
    EXPECT_EQ(group.handle.Request(KSEM_IOC_GET_VALUES, &values), EINVAL);
    EXPECT_EQ(group.handle.Request(KSEM_IOC_SET_VALUES, &values), EINVAL);
  }
  // More than one step: all or nothing nevertheless.
  const std::vector<__u16> before = set;
  EXPECT_EQ(group.members[90]->Set("max", "99"), 0);
  for (__u16& value : set) value += 7;
  set[90] = 100;
  values = {.values = Address(set.data()), .first = 0, .nr = 100};
  EXPECT_EQ(group.handle.Request(KSEM_IOC_SET_VALUES, &values), ERANGE);
  values.values = Address(got.data());
  EXPECT_EQ(group.handle.Request(KSEM_IOC_GET_VALUES, &values), 0);
  EXPECT_EQ(got, before);
  // What an array of 16 bits can't tell isn't told.
  EXPECT_EQ(group.members[2]->Set("value", "90000"), 0);
  values = {.values = Address(got.data()), .first = 2, .nr = 1};
  EXPECT_EQ(group.handle.Request(KSEM_IOC_GET_VALUES, &values), ERANGE);
  EXPECT_EQ(Look(group.handle, 2).value, 90000u);
  EXPECT_EQ(group.members[2]->Set("value", "0"), 0);
  EXPECT_EQ(group.members[2]->Set("max", "5"), 0);
  got[0] = 6;
  EXPECT_EQ(group.handle.Request(KSEM_IOC_SET_VALUES, &values), ERANGE);
  group.members[2]->Expect({.value = 0, .max = 5});
}

TEST(Group, OutlivesItsNames) {
  auto group = std::make_unique<Group>(std::vector<unsigned>{1});
  const Handle handle(group->head);
  group.reset();
  EXPECT_EQ(Operate(handle, {Op(0, -1)}), 0);
  EXPECT_EQ(Look(handle, 0).value, 0u);
}

TEST(Group, IsFound) {
  const Group group({1, 2});
  struct stat node = {};
  EXPECT_EQ(stat(DevicePath(group.head.name()).c_str(), &node), 0);
  const File control(KSEM_CONTROL, O_RDWR);
  const unsigned place = minor(node.st_rdev);
  ksem_ioc_find found = {.minor = place, .flags = KSEM_FIND_COUNT};
  EXPECT_EQ(Errno::Of(ioctl(control.fd(), KSEM_IOC_FIND, &found)), 0);
  EXPECT_EQ(found.minor, place);
  EXPECT_EQ(found.id, group.handle.Info().id);
  EXPECT_EQ(found.name, group.head.name());
  EXPECT_EQ(found.members, 2u);
  EXPECT_EQ(found.key, kKey);
  EXPECT_EQ(found.groups, 1u);
  EXPECT_EQ(found.all_members, 2u);
  EXPECT_EQ(found.last, place);
  found = {.minor = place + 1};
  EXPECT_EQ(Errno::Of(ioctl(control.fd(), KSEM_IOC_FIND, &found)), ENOENT);
  found = {.flags = 2};
  EXPECT_EQ(Errno::Of(ioctl(control.fd(), KSEM_IOC_FIND, &found)), EINVAL);
  found = {.reserved = 1};
  EXPECT_EQ(Errno::Of(ioctl(control.fd(), KSEM_IOC_FIND, &found)), EINVAL);
  EXPECT_EQ(Shutdown(group.handle), 0);
  found = {.minor = 0, .flags = KSEM_FIND_COUNT};
  EXPECT_EQ(Errno::Of(ioctl(control.fd(), KSEM_IOC_FIND, &found)), ENOENT);
  EXPECT_EQ(found.groups, 0u);
}

// Record.

TEST(Record, IsOffAtFirst) {
  const Semaphore sem;
  const Handle handle(sem);
  EXPECT_EQ(handle.Post(), 0);
  const ksem_ioc_info info = handle.Info();
  EXPECT_EQ(info.flags & KSEM_INFO_RECORD, 0u);
  EXPECT_EQ(info.pid, 0);
  EXPECT_EQ(info.op_time, 0);
  EXPECT_EQ(info.uid, 0u);
}

TEST(Record, KeepsTheLastOperation) {
  const Semaphore sem;
  const Handle handle(sem);
  const Page page(handle);
  EXPECT_EQ(Record(handle, 1), 0);
  // Nobody gets past the kernel.
  EXPECT_TRUE(page.contended());
  const time_t before = time(nullptr);
  const struct {
    const char* what;
    Errno (*make)(const Semaphore& sem, const Handle& handle);
  } kOperations[] = {
      {"post", [](const Semaphore& s, const Handle&) { return s.Post("3"); }},
      {"wait", [](const Semaphore& s, const Handle&) { return s.Wait(); }},
      {"trywait",
       [](const Semaphore& s, const Handle&) { return s.TryWait(); }},
      {"GIVE", [](const Semaphore&, const Handle& h) { return h.Post(); }},
      {"TAKE", [](const Semaphore&, const Handle& h) { return h.Wait(); }},
      {"ANY", [](const Semaphore&, const Handle& h) { return Any({Take(h)}); }},
      {"ALL",
       [](const Semaphore&, const Handle& h) {
         return All({Zero(h), Give(h)});
       }},
  };
  for (const auto& operation : kOperations) {
    Process process([&] { return operation.make(sem, handle); });
    const pid_t pid = process.pid();
    EXPECT_EQ(process.Result(), 0) << operation.what;
    EXPECT_EQ(handle.Info().pid, pid) << operation.what;
  }
  EXPECT_GE(handle.Info().op_time, before);
  EXPECT_EQ(handle.Info().set_time, 0);
  Process setter([&] { return sem.Set("value", "1"); });
  const pid_t pid = setter.pid();
  EXPECT_EQ(setter.Result(), 0);
  EXPECT_EQ(handle.Info().pid, pid);
  EXPECT_GE(handle.Info().set_time, before);
  EXPECT_EQ(Record(handle, 0), 0);
  EXPECT_FALSE(page.contended());
}

// The process that is served counts, not the one that serves it; and what is
// undone, too.
TEST(Record, TellsOfWaitersAndOfTheDead) {
  const Semaphore sem;
  const Handle handle(sem);
  EXPECT_EQ(Record(handle, 1), 0);
  // If it isn't fair, the waiter takes the unit itself.
  for (const char* fair : {"0", "1"}) {
    EXPECT_EQ(sem.Set("fair", fair), 0);
    Process waiter = StartWaiter(sem);
    EXPECT_EQ(sem.Post("1"), 0);
    const pid_t served = waiter.pid();
    EXPECT_EQ(waiter.Result(), 0);
    EXPECT_EQ(handle.Info().pid, served) << fair;
  }
  Process holder([&] {
    const Handle own(sem);
    return own.Wait({.units = 1, .flags = KSEM_WAIT_UNDO});
  });
  EXPECT_EQ(sem.Post("1"), 0);
  const pid_t undone = holder.pid();
  EXPECT_EQ(holder.Result(), 0);
  sem.Expect({.value = 1});
  EXPECT_EQ(handle.Info().pid, undone);
  Process step = StartWaiter(sem, [&] { return All({Zero(handle)}); });
  EXPECT_EQ(sem.TryWait(), 0);
  const pid_t carried_out = step.pid();
  EXPECT_EQ(step.Result(), 0);
  EXPECT_EQ(handle.Info().pid, carried_out);
}

TEST(Record, RefusesNonsense) {
  const Semaphore sem;
  EXPECT_EQ(Record(Handle(sem), 2), EINVAL);
  EXPECT_EQ(sem.Set("record", "2"), EINVAL);
  EXPECT_EQ(sem.Set("record", "1"), 0);
  EXPECT_EQ(ReadOrFail(sem.path("record")), "1\n");
}

}  // namespace
}  // namespace ksem_test

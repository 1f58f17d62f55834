// SPDX-License-Identifier: MIT
// Identities: no two semaphores have the same one, and a request that names
// another semaphore's does nothing.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

uint64_t IdOf(const Handle& handle) { return handle.Info().id; }

ksem_ioc_op WithId(ksem_ioc_op op, uint64_t id) {
  op.id = id;
  return op;
}

// The argument of TAKE and GIVE.
unsigned long Quick(unsigned units, uint64_t id) { return id << 32 | units; }

Errno QuickRequest(const Handle& handle, unsigned long command,
                   unsigned long argument) {
  return Errno::Of(ioctl(handle.fd(), command, argument));
}

// All requests that can name a semaphore, each for one unit.
struct Request {
  const char* name;
  Errno (*make)(const Handle& handle, uint64_t id);
};

const Request kRequests[] = {
    {"WAIT", [](const Handle& h,
                uint64_t id) { return h.Wait({.units = 1, .id = id}); }},
    {"POST", [](const Handle& h,
                uint64_t id) { return h.Post({.units = 1, .id = id}); }},
    {"TAKE",
     [](const Handle& h, uint64_t id) {
       return QuickRequest(h, KSEM_IOC_TAKE, Quick(1, id));
     }},
    {"GIVE",
     [](const Handle& h, uint64_t id) {
       return QuickRequest(h, KSEM_IOC_GIVE, Quick(1, id));
     }},
    {"ANY",
     [](const Handle& h, uint64_t id) { return Any({WithId(Take(h), id)}); }},
    {"ALL",
     [](const Handle& h, uint64_t id) { return All({WithId(Give(h), id)}); }},
};

TEST(Identity, IsNeverGivenTwice) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 100; i++) {
    Semaphore sem;
    const uint64_t id = IdOf(Handle(sem));
    EXPECT_NE(static_cast<uint32_t>(id), 0u);
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(Identity, IsTheSemaphoresNotTheHandles) {
  Semaphore sem, other;
  Handle handle(sem), second(sem), reading(sem, O_RDONLY), others(other);
  const uint64_t id = IdOf(handle);
  EXPECT_EQ(IdOf(second), id);
  EXPECT_EQ(IdOf(reading), id);
  EXPECT_NE(IdOf(others), id);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(IdOf(handle), id);
  EXPECT_EQ(sem.Remove(), 0);
  EXPECT_EQ(IdOf(handle), id);
  EXPECT_EQ(MakeDir(sem.path()), 0);
  EXPECT_NE(IdOf(Handle(sem)), id);
}

TEST(Identity, IsInFdinfo) {
  Semaphore sem;
  Handle handle(sem);
  const std::string text =
      ReadOrFail("/proc/self/fdinfo/" + std::to_string(handle.fd()));
  EXPECT_NE(text.find("ksem-id:\t" + std::to_string(IdOf(handle)) + "\n"),
            std::string::npos)
      << text;
}

TEST(Identity, TheRightOneAndNoneWork) {
  for (const Request& request : kRequests) {
    SCOPED_TRACE(request.name);
    Semaphore sem({.value = 5});
    Handle handle(sem);
    EXPECT_EQ(request.make(handle, IdOf(handle)), 0);
    EXPECT_EQ(request.make(handle, 0), 0);
    EXPECT_TRUE(handle.Info().value == 3 || handle.Info().value == 7);
  }
}

TEST(Identity, AnotherOneDoesNothing) {
  Semaphore sem({.value = 5}), other({.value = 5});
  Handle handle(sem), others(other);
  for (const Request& request : kRequests) {
    SCOPED_TRACE(request.name);
    for (const uint64_t id : {IdOf(others), IdOf(handle) + 1}) {
      EXPECT_EQ(request.make(handle, id), ESTALE);
    }
    handle.Expect({.value = 5});
    others.Expect({.value = 5});
  }
}

// Of TAKE and GIVE it is the lower half that counts; of all others both.
TEST(Identity, BothHalvesCount) {
  constexpr uint64_t kUpper = uint64_t{1} << 32;
  Semaphore sem({.value = 5});
  Handle handle(sem);
  const uint64_t id = IdOf(handle);
  EXPECT_EQ(handle.Wait({.units = 1, .id = id ^ kUpper}), ESTALE);
  EXPECT_EQ(handle.Wait({.units = 1, .id = id ^ 1}), ESTALE);
  EXPECT_EQ(handle.Post({.units = 1, .id = id ^ kUpper}), ESTALE);
  EXPECT_EQ(Any({WithId(Take(handle), id ^ kUpper)}), ESTALE);
  EXPECT_EQ(All({WithId(Take(handle), id ^ kUpper)}), ESTALE);
  EXPECT_EQ(QuickRequest(handle, KSEM_IOC_TAKE, Quick(1, id ^ 1)), ESTALE);
  EXPECT_EQ(QuickRequest(handle, KSEM_IOC_TAKE, Quick(1, id ^ kUpper)), 0);
  handle.Expect({.value = 4});
}

// One that would block otherwise, or be refused.
TEST(Identity, GoesBeforeEverythingElse) {
  Semaphore sem;
  Handle handle(sem), reading(sem, O_RDONLY), writing(sem, O_WRONLY);
  const uint64_t wrong = IdOf(handle) + 1;
  EXPECT_EQ(handle.Wait({.units = 1, .id = wrong}), ESTALE);
  EXPECT_EQ(QuickRequest(handle, KSEM_IOC_TAKE, Quick(1, wrong)), ESTALE);
  EXPECT_EQ(Any({WithId(Take(handle), wrong)}), ESTALE);
  EXPECT_EQ(All({WithId(Take(handle), wrong)}), ESTALE);
  EXPECT_EQ(writing.Wait({.units = 1, .id = wrong}), ESTALE);
  EXPECT_EQ(reading.Post({.units = 1, .id = wrong}), ESTALE);
  handle.Expect({});
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(handle.Wait({.units = 1, .id = wrong}), ESTALE);
  EXPECT_EQ(handle.Post({.units = 1, .id = wrong}), ESTALE);
}

// Several at once: nothing is done by the others either, and the index tells.
TEST(Identity, OneOfSeveral) {
  Semaphore sem({.value = 2}), other({.value = 2});
  Handle handle(sem), others(other);
  const std::vector<ksem_ioc_op> ops = {
      WithId(Take(handle), IdOf(handle)),
      WithId(Take(others), IdOf(handle)),
  };
  EXPECT_EQ(FailedIndex(KSEM_IOC_ALL, ops, ESTALE), 1u);
  EXPECT_EQ(FailedIndex(KSEM_IOC_ANY, ops, ESTALE), 1u);
  handle.Expect({.value = 2});
  others.Expect({.value = 2});
  EXPECT_EQ(All({WithId(Take(handle), IdOf(handle)),
                 WithId(Take(others), IdOf(others))}),
            0);
  handle.Expect({.value = 1});
  others.Expect({.value = 1});
}

// A wait that is queued has found its semaphore, and keeps it.
TEST(Identity, OfAWaitThatBlocks) {
  Semaphore sem;
  Handle handle(sem);
  const uint64_t id = IdOf(handle);
  Process waiter =
      StartWaiter(sem, [&] { return handle.Wait({.units = 1, .id = id}); });
  EXPECT_EQ(handle.Post({.units = 1, .id = id}), 0);
  EXPECT_EQ(waiter.Result(), 0);
  handle.Expect({});
}

// What a program does that has closed a descriptor and doesn't know it.
TEST(Identity, OfANumberThatIsInUseAgain) {
  Semaphore sem({.value = 1}), other({.value = 1});
  Handle handle(sem), others(other);
  const uint64_t id = IdOf(handle);
  ASSERT_EQ(dup2(others.fd(), handle.fd()), handle.fd());
  for (const Request& request : kRequests) {
    EXPECT_EQ(request.make(handle, id), ESTALE) << request.name;
  }
  others.Expect({.value = 1});
}

// The elements of an array, as programs of other times have them.

struct GrownOp {
  ksem_ioc_op now;
  uint64_t later;
};

template <typename Op>
Errno MultiOf(const Handle& handle, unsigned long command, const Op* ops,
              unsigned nr, unsigned op_size, ksem_ioc_multi* rest) {
  rest->ops = reinterpret_cast<uintptr_t>(ops);
  rest->nr = nr;
  rest->op_size = op_size;
  return handle.Request(command, rest);
}

TEST(OpSize, ALongerOneMustEndInZeros) {
  Semaphore first({.value = 4}), second({.value = 4});
  Handle one(first), two(second);
  GrownOp ops[] = {{Take(one), 0}, {Take(two), 0}};
  for (unsigned long command : {KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    ksem_ioc_multi rest = {};
    EXPECT_EQ(MultiOf(one, command, ops, 2, sizeof(*ops), &rest), 0);
  }
  one.Expect({.value = 2});
  two.Expect({.value = 3});
  ops[1].later = 1;
  for (unsigned long command : {KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    ksem_ioc_multi rest = {};
    EXPECT_EQ(MultiOf(one, command, ops, 2, sizeof(*ops), &rest), E2BIG);
  }
  one.Expect({.value = 2});
  two.Expect({.value = 3});
}

TEST(OpSize, AShorterOneWasNeverThere) {
  Semaphore sem({.value = 1});
  Handle handle(sem);
  const ksem_ioc_op op = Take(handle);
  for (unsigned size = 0; size < sizeof(op); size++) {
    for (unsigned long command : {KSEM_IOC_ANY, KSEM_IOC_ALL}) {
      ksem_ioc_multi rest = {};
      EXPECT_EQ(MultiOf(handle, command, &op, 1, size, &rest), EINVAL) << size;
    }
  }
  handle.Expect({.value = 1});
}

// What ANY has taken.

ksem_ioc_multi Untaken(unsigned flags = KSEM_WAIT_NOWAIT) {
  return {.flags = flags, .taken = 77};
}

TEST(Taken, IsWhatAnyTook) {
  Semaphore first, second({.value = 5});
  Handle one(first), two(second);
  ksem_ioc_multi rest = Untaken();
  EXPECT_EQ(Multi(KSEM_IOC_ANY, {Take(one), Take(two, 3)}, &rest), 0);
  EXPECT_EQ(rest.index, 1u);
  EXPECT_EQ(rest.taken, 3u);
}

TEST(Taken, StaysAsItWasIfNothingIs) {
  Semaphore sem;
  Handle handle(sem);
  ksem_ioc_multi rest = Untaken();
  EXPECT_EQ(Multi(KSEM_IOC_ANY, {Take(handle)}, &rest), EAGAIN);
  EXPECT_EQ(rest.taken, 77u);
  rest = Untaken(KSEM_WAIT_TIMEOUT);
  rest.timeout = 1000;
  rest.clock = CLOCK_MONOTONIC;
  EXPECT_EQ(Multi(KSEM_IOC_ANY, {Take(handle)}, &rest), ETIMEDOUT);
  EXPECT_EQ(rest.taken, 77u);
  rest = Untaken();
  EXPECT_EQ(Multi(KSEM_IOC_ALL, {Give(handle)}, &rest), 0);
  EXPECT_EQ(rest.taken, 77u);
}

TEST(Taken, AfterBlocking) {
  Semaphore sem;
  Handle handle(sem);
  Process waiter = StartWaiter(sem, [&]() -> Errno {
    ksem_ioc_multi rest = Untaken(0);
    const Errno error = Multi(KSEM_IOC_ANY, {Take(handle, 2)}, &rest);
    return error ? error : rest.taken == 2 ? 0 : EPROTO;
  });
  EXPECT_EQ(handle.Post({.units = 2}), 0);
  EXPECT_EQ(waiter.Result(), 0);
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// What an object tells of its semaphore: identity, units to undo, counters; and
// an object by a descriptor that the program was given.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"
#include "ksem/several.h"

namespace ksem {
namespace {

using namespace std::chrono_literals;

Semaphore handle_of(const Fresh& sem, bool undo = false) {
  return Semaphore::open(sem.name(), {.via = Via::kHandle, .undo = undo});
}

TEST(Facts, EachSemaphoreHasItsIdentity) {
  Fresh one, other;
  const auto identity = handle_of(one).identity();
  EXPECT_NE(identity, 0u);
  EXPECT_EQ(handle_of(one).identity(), identity);
  EXPECT_NE(handle_of(other).identity(), identity);
  Semaphore files = Semaphore::open(one.name(), {.via = Via::kFiles});
  EXPECT_EQ(errno_of([&] { files.identity(); }), ENODEV);
  EXPECT_EQ(errno_of([&] { files.undo_units(); }), ENODEV);
  EXPECT_EQ(errno_of([&] { files.waiting(); }), ENODEV);
}

TEST(Facts, UnitsToUndo) {
  Fresh sem({.value = 5});
  Semaphore mine = handle_of(sem, true);
  EXPECT_EQ(mine.undo_units(), 0);
  mine.acquire(3);
  EXPECT_EQ(mine.undo_units(), 3);
  mine.release();
  EXPECT_EQ(mine.undo_units(), 2);
  Semaphore plain = handle_of(sem);
  plain.acquire();
  EXPECT_EQ(plain.undo_units(), 0);
}

TEST(Facts, CountersTellWhatHasHappened) {
  Fresh sem({.value = 3});
  ASSERT_EQ(write_file(root() + "/" + sem.name() + "/mappable", "0"), 0);
  Semaphore object = Semaphore::open(sem.name(), options());
  const Counters before = object.counters();
  EXPECT_EQ(before.acquired, 0u);
  EXPECT_EQ(before.wait_longest, 0ns);
  object.acquire(3);
  // One whose time is over before it is queued isn't counted as contended.
  unsigned tries = 0;
  do {
    EXPECT_FALSE(object.try_acquire_for(10ms));
    tries++;
  } while (object.counters().contended == 0);
  std::jthread waiter(
      [&](std::stop_token stop) { static_cast<void>(object.acquire(stop)); });
  ASSERT_TRUE(blocked(object, 1));
  waiter.request_stop();
  waiter.join();
  object.release(2);
  const Counters after = object.counters();
  EXPECT_EQ(after.acquired, 3u);
  EXPECT_EQ(after.posted, 2u);
  EXPECT_EQ(after.contended, 2u);
  EXPECT_GE(after.timeouts, 1u);
  EXPECT_LE(after.timeouts, tries);
  EXPECT_EQ(after.interrupted, 1u);
  EXPECT_GE(after.wait_total, after.wait_longest);
  EXPECT_GT(after.wait_longest, 0ns);
}

// Not those of another one that has got its name.
TEST(Facts, CountersOfARemovedOne) {
  Fresh sem;
  Semaphore object = Semaphore::open(sem.name(), options());
  Semaphore::remove(sem.name());
  EXPECT_EQ(errno_of([&] { object.counters(); }), ENOENT);
  Semaphore next = Semaphore::create(sem.name(), 0, kMax, options());
  EXPECT_EQ(errno_of([&] { object.counters(); }), ENOENT);
  EXPECT_EQ(next.counters().acquired, 0u);
}

TEST(Facts, WhoWaits) {
  Fresh sem({.value = 1});
  Semaphore object = handle_of(sem);
  EXPECT_TRUE(object.waiting().empty());
  std::atomic<int> tid{0};
  std::thread first([&] {
    tid = gettid();
    object.acquire(3);
  });
  ASSERT_TRUE(blocked(*sem, 1));
  std::jthread second(
      [&](std::stop_token stop) { EXPECT_FALSE(wait_for_zero(stop, object)); });
  // It is counted a moment before it is told of.
  std::vector<Waiter> waiting;
  ASSERT_TRUE(eventually([&] {
    waiting = object.waiting();
    return waiting.size() == 2;
  }));
  EXPECT_EQ(waiting[0].pid, getpid());
  EXPECT_EQ(waiting[0].tid, tid);
  EXPECT_EQ(waiting[0].units, 3);
  EXPECT_EQ(waiting[0].way, Way::kAcquire);
  EXPECT_FALSE(waiting[0].kernel);
  EXPECT_GT(waiting[0].waited, 0ns);
  std::string name;
  std::getline(std::ifstream("/proc/self/comm"), name);
  EXPECT_EQ(waiting[0].name, name);
  EXPECT_EQ(waiting[1].units, 0);
  EXPECT_EQ(waiting[1].way, Way::kAll);
  sem->release(3);
  first.join();
}

// By its files the directory tells; there is none for one by a descriptor.
TEST(FromDescriptor, CountersOfADescriptorThatIsAnothersByNow) {
  Fresh sem, other;
  const Semaphore from = handle_of(sem), another = handle_of(other);
  Semaphore object = Semaphore::from_descriptor(from.native_handle());
  EXPECT_EQ(object.counters().timeouts, 0u);
  const int fd = object.native_handle();
  ASSERT_EQ(dup2(another.native_handle(), fd), fd);
  EXPECT_EQ(errno_of([&] { object.counters(); }), ESTALE);
  ASSERT_EQ(close(fd), 0);
  EXPECT_EQ(errno_of([&] { object.counters(); }), ESTALE);
}

TEST(FromDescriptor, OpensWhatItIsAHandleOf) {
  Fresh sem({.value = 2, .max = 9});
  const int fd = ::open(("/dev/ksem/" + sem.name()).c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  {
    Semaphore object = Semaphore::from_descriptor(fd);
    EXPECT_EQ(object.name(), sem.name());
    EXPECT_EQ(object.via(), Via::kHandle);
    EXPECT_EQ(object.identity(), handle_of(sem).identity());
    EXPECT_NE(object.native_handle(), fd);
    EXPECT_TRUE(fcntl(object.native_handle(), F_GETFD) & FD_CLOEXEC);
    object.acquire();
    EXPECT_FALSE(object.try_acquire_for(1ms, 2));
    EXPECT_EQ(object.counters().timeouts, 1u);
    EXPECT_TRUE(try_acquire_all({{object}}));
    object.release();
    object.set_max(7);
    EXPECT_STATE(object, .value = 1, .max = 7);
  }
  // It is still the caller's.
  EXPECT_EQ(::write(fd, "1\n", 2), 2);
  EXPECT_STATE(*sem, .value = 2, .max = 7);
  Semaphore object = Semaphore::from_descriptor(fd);
  close(fd);
  Semaphore::remove(sem.name());
  object.release();
  EXPECT_STATE(object, .value = 3, .max = 7);
  EXPECT_EQ(errno_of([&] { object.counters(); }), ENOENT);
  object.shutdown();
  EXPECT_TRUE(object.is_shutdown());
}

TEST(FromDescriptor, UnitsComeBackWithTheLastDuplicate) {
  Fresh sem({.value = 2});
  const int fd = ::open(("/dev/ksem/" + sem.name()).c_str(), O_RDWR);
  {
    Semaphore object = Semaphore::from_descriptor(fd, true);
    object.acquire();
    EXPECT_EQ(object.undo_units(), 1);
  }
  EXPECT_STATE(*sem, .value = 1);
  close(fd);
  EXPECT_STATE(*sem, .value = 2);
}

// The node is root's alone, and so are the files.
TEST(FromDescriptor, TakesNoPermissionForTheNode) {
  Fresh sem({.value = 1});
  const int fd = ::open(("/dev/ksem/" + sem.name()).c_str(), O_RDWR);
  EXPECT_TRUE(in_child_ok([&] {
    if (setuid(1000)) return false;
    Semaphore object = Semaphore::from_descriptor(fd);
    object.acquire();
    object.release();
    return object.name() == sem.name() &&
           errno_of([&] { object.set_value(3); }) == EACCES &&
           errno_of([&] { object.shutdown(); }) == EACCES;
  }));
  EXPECT_STATE(*sem, .value = 1);
  close(fd);
}

TEST(FromDescriptor, OfSomethingElseIsAnError) {
  EXPECT_EQ(errno_of([] { Semaphore::from_descriptor(-1); }), EBADF);
  for (const char* path : {"/dev/null", "/proc/self/stat", "/"}) {
    const int fd = ::open(path, O_RDONLY);
    EXPECT_EQ(errno_of([&] { Semaphore::from_descriptor(fd); }), EINVAL)
        << path;
    close(fd);
  }
}

}  // namespace
}  // namespace ksem

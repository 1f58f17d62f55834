// SPDX-License-Identifier: MIT
// semop, by its page in POSIX.1-2017, System Interfaces, and semop and
// semtimedop, by semop(2) of Linux where that says more.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "fsclient/sysv/tests/support.h"

namespace sysv_test {
namespace {

using Values = std::vector<int>;

// Linux carries out what is blocked when a change lets it: the next call of the
// process that gave doesn't find the unit any more.
TEST(Operate, HandsAUnitOver) {
  const Set set({0, 0});
  for (int round = 0; round < 20; ++round) {
    Child waiter([&] { return set.Operate({Take()}); });
    EXPECT_TRUE(set.AwaitBlocked(1));
    EXPECT_EQ(set.Operate({Give()}), 0);
    EXPECT_EQ(set.Operate({Take(1, 0, IPC_NOWAIT)}), EAGAIN);
    EXPECT_EQ(waiter.Join(), 0);
  }
  EXPECT_EQ(set.Value(), 0);
}

// The same for more units, for zero, and for several operations on one member.
TEST(Operate, CarriesOutWhatWaits) {
  const Set set({0});
  for (int round = 0; round < 20; ++round) {
    Child two([&] { return set.Operate({Take(2)}); });
    EXPECT_TRUE(set.AwaitBlocked(1));
    EXPECT_EQ(set.Operate({Give(2)}), 0);
    EXPECT_EQ(set.Operate({Take(1, 0, IPC_NOWAIT)}), EAGAIN);
    EXPECT_EQ(two.Join(), 0);

    EXPECT_EQ(set.Operate({Give()}), 0);
    Child zero([&] { return set.Operate({Zero()}); });
    EXPECT_TRUE(set.AwaitBlocked(0, 1));
    EXPECT_EQ(set.Operate({Take()}), 0);
    EXPECT_EQ(set.Operate({Give()}), 0);
    EXPECT_EQ(zero.Join(), 0);

    Child lock([&] { return set.Operate({Zero(), Give(1, 0, SEM_UNDO)}); });
    EXPECT_TRUE(set.AwaitBlocked(0, 1));
    EXPECT_EQ(set.Operate({Take(1), Zero()}), 0);
    EXPECT_EQ(lock.Join(), 0);
    EXPECT_EQ(set.Operate({Zero()}), 0);
  }
}

// The same in order, with undo, and with a time.
TEST(Operate, HandsUnitsOverInOrder) {
  const Set set({0, 0});
  Child first([&] { return set.Operate({Take(1, 0, SEM_UNDO), Give(1, 1)}); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  first.Kill();
  Child second([&] {
    if (set.Operate({Take(1, 0, SEM_UNDO)}) != 0) return 1;
    return set.Operate({Take(1, 1)});
  });
  EXPECT_TRUE(set.AwaitBlocked(1));
  Child third([&] { return set.OperateIn(600'000, {Take()}); });
  EXPECT_TRUE(set.AwaitBlocked(2));
  EXPECT_EQ(set.Operate({Give()}), 0);
  EXPECT_TRUE(set.AwaitBlocked(1, 0, 1));
  EXPECT_TRUE(set.AwaitBlocked(1));
  second.Kill();
  // What the second took comes back, and goes to the third.
  EXPECT_EQ(third.Join(), 0);
  EXPECT_EQ(set.Value(), 0);
}

// semop, DESCRIPTION, 1: if semval is at least the absolute value of sem_op,
// that is subtracted from semval.
TEST(Operate, TakesWhatIsThere) {
  const Set set({5});
  EXPECT_EQ(set.Operate({Take(3)}), 0);
  EXPECT_EQ(set.Value(), 2);
  EXPECT_EQ(set.Operate({Take(2)}), 0);
  EXPECT_EQ(set.Value(), 0);
}

// semop, DESCRIPTION, 1: if there are fewer, and IPC_NOWAIT is set, it returns
// at once. ERRORS, EAGAIN.
TEST(Operate, TakesNothingAtOnceIfThereIsLess) {
  const Set set({2});
  EXPECT_EQ(set.Operate({Take(3, 0, IPC_NOWAIT)}), EAGAIN);
  EXPECT_EQ(set.Value(), 2);
}

// semop, DESCRIPTION, 1: if there are fewer, it increments semncnt and suspends
// the thread, until semval becomes so large.
TEST(Operate, WaitsUntilThereIsEnough) {
  const Set set({0, 0});
  Child waiter([&] { return set.Operate({Take(3, 1)}); });
  EXPECT_TRUE(set.AwaitBlocked(1, 0, 1));
  EXPECT_EQ(set.Operate({Give(2, 1)}), 0);
  EXPECT_TRUE(set.AwaitBlocked(1, 0, 1));
  EXPECT_EQ(set.Operate({Give(2, 1)}), 0);
  EXPECT_EQ(waiter.Join(), 0);
  EXPECT_EQ(set.Values(), Values({0, 1}));
  EXPECT_EQ(set.Get(GETNCNT, 1), 0);
}

// semop, DESCRIPTION, 2: if sem_op is positive, it is added to semval.
TEST(Operate, Gives) {
  const Set set({1, 0});
  EXPECT_EQ(set.Operate({Give(4)}), 0);
  EXPECT_EQ(set.Values(), Values({5, 0}));
}

// semop, DESCRIPTION, 3: if sem_op and semval are 0, it returns at once.
TEST(Operate, FindsZero) {
  const Set set({0});
  EXPECT_EQ(set.Operate({Zero()}), 0);
  EXPECT_EQ(set.Value(), 0);
}

// semop, DESCRIPTION, 3: if semval isn't 0, and IPC_NOWAIT is set. ERRORS,
// EAGAIN.
TEST(Operate, DoesNotFindZeroAtOnce) {
  const Set set({1});
  EXPECT_EQ(set.Operate({Zero(0, IPC_NOWAIT)}), EAGAIN);
}

// semop, DESCRIPTION, 3: if semval isn't 0, it increments semzcnt and suspends
// the thread, until semval becomes 0.
TEST(Operate, WaitsForZero) {
  const Set set({2});
  Child waiter([&] { return set.Operate({Zero()}); });
  EXPECT_TRUE(set.AwaitBlocked(0, 1));
  EXPECT_EQ(set.Operate({Take()}), 0);
  EXPECT_TRUE(set.AwaitBlocked(0, 1));
  EXPECT_EQ(set.Operate({Take()}), 0);
  EXPECT_EQ(waiter.Join(), 0);
  EXPECT_EQ(set.Get(GETZCNT), 0);
}

// semop, DESCRIPTION: it performs the array of operations atomically.
TEST(Operate, DoesAllOrNothing) {
  const Set set({1, 0, 0});
  EXPECT_EQ(set.Operate({Take(1, 0), Give(1, 2), Take(1, 1, IPC_NOWAIT)}),
            EAGAIN);
  EXPECT_EQ(set.Values(), Values({1, 0, 0}));
  Child waiter([&] {
    return set.Operate({Take(1, 0), Give(5, 2), Take(1, 1)});
  });
  EXPECT_TRUE(set.AwaitBlocked(1, 0, 1));
  EXPECT_EQ(set.Values(), Values({1, 0, 0}));
  EXPECT_EQ(set.Operate({Give(1, 1)}), 0);
  EXPECT_EQ(waiter.Join(), 0);
  EXPECT_EQ(set.Values(), Values({0, 0, 5}));
}

// semop(2): the operations are done in the order of the array.
TEST(Operate, DoesThemInOrder) {
  const Set set({0});
  EXPECT_EQ(set.Operate({Give(), Take()}), 0);
  EXPECT_EQ(set.Operate({Take(1, 0, IPC_NOWAIT), Give()}), EAGAIN);
  EXPECT_EQ(set.Operate({Zero(), Give(), Give(), Take()}), 0);
  EXPECT_EQ(set.Value(), 1);
}

// semop(2): IPC_NOWAIT is a flag of each operation.
TEST(Operate, BlocksAtThoseThatMay) {
  const Set set({0, 0});
  Child waiter([&] {
    return set.Operate({Take(1, 0), Take(1, 1, IPC_NOWAIT)});
  });
  EXPECT_TRUE(set.AwaitBlocked(1));
  // Now it is the other one that is in the way.
  EXPECT_EQ(set.Operate({Give()}), 0);
  EXPECT_EQ(waiter.Join(), EAGAIN);
  EXPECT_EQ(set.Value(), 1);
}

// As many a program makes a lock of it: zero and one up, in one step.
TEST(Operate, LocksByZeroAndGive) {
  constexpr int kProcesses = 4, kRounds = 1000;
  const Set set({0});
  const Shared<int> count;
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() == 0) {
      for (int round = 0; round < kRounds; ++round) {
        if (set.Operate({Zero(), Give(1, 0, SEM_UNDO)}) != 0) _exit(1);
        volatile int& shared = *count;
        shared = shared + 1;
        if (set.Operate({Take(1, 0, SEM_UNDO | IPC_NOWAIT)}) != 0) _exit(1);
      }
      _exit(0);
    }
  }
  AwaitChildren();
  EXPECT_EQ(*count, kProcesses * kRounds);
  EXPECT_EQ(set.Value(), 0);
}

// Threads of one process are others to each other.
TEST(Operate, BlocksThreads) {
  const Set set({0});
  std::thread waiter([&] { EXPECT_EQ(set.Operate({Take()}), 0); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  EXPECT_EQ(set.Operate({Give()}), 0);
  waiter.join();
}

// semop, ERRORS, EFBIG: sem_num isn't below the number of semaphores.
TEST(Operate, KnowsTheNumberOfMembers) {
  const Set set({1, 1});
  EXPECT_EQ(set.Operate({Take(1, 2)}), EFBIG);
  EXPECT_EQ(set.Operate({Take(), Take(1, 2)}), EFBIG);
  EXPECT_EQ(set.Values(), Values({1, 1}));
}

// semop, ERRORS, E2BIG: nsops is above the system's limit.
TEST(Operate, HasALimit) {
  const Set set({0});
  EXPECT_EQ(set.Operate(std::vector<sembuf>(100'000, Give())), E2BIG);
  EXPECT_EQ(set.Operate(std::vector<sembuf>(32, Give())), 0);
  EXPECT_EQ(set.Value(), 32);
}

// semop, ERRORS, EINVAL: semid isn't one. semop(2): or nsops isn't above 0.
TEST(Operate, RefusesNonsense) {
  const Set set({1});
  sembuf take = Take();
  EXPECT_EQ(ErrnoOf(semop(-1, &take, 1)), EINVAL);
  EXPECT_EQ(ErrnoOf(semop(INT_MAX, &take, 1)), EINVAL);
  EXPECT_EQ(ErrnoOf(semop(set.id(), &take, 0)), EINVAL);
  EXPECT_EQ(set.Value(), 1);
}

// semop, ERRORS, ERANGE: semval would overflow.
TEST(Operate, HasACeiling) {
  const Set set({32767});
  EXPECT_EQ(set.Operate({Give()}), ERANGE);
  EXPECT_EQ(set.Value(), 32767);
}

// semop, ERRORS, EACCES: to alter the set takes permission to alter it, and to
// wait for zero permission to read it.
TEST(Operate, NeedsPermission) {
  const Set closed({1}), open({1}, IPC_PRIVATE, 0666);
  const int user = InChild([&] {
    BecomeUser();
    if (open.Operate({Take(), Zero(), Give()}) != 0) return -1;
    if (closed.Operate({Zero(0, IPC_NOWAIT)}) != EACCES) return -2;
    return closed.Operate({Give()});
  });
  EXPECT_EQ(user, EACCES);
  EXPECT_EQ(closed.Value(), 1);
}

// semop, ERRORS, EINTR; also if the handler has SA_RESTART: semop(2), NOTES.
TEST(Operate, EndsWithASignal) {
  const Set set({0});
  for (const int flags : {0, SA_RESTART}) {
    const Handler handler(flags);
    const Signaller signaller;
    EXPECT_EQ(set.Operate({Take()}), EINTR);
  }
  const Handler handler;
  const Signaller signaller;
  EXPECT_EQ(set.OperateIn(3'600'000, {Take()}), EINTR);
}

// A handler may operate on the semaphore that it has interrupted the wait for.
const Set* to_post;
void PostOne(int) {
  ++handled;
  to_post->Operate({Give()});
}

TEST(Operate, IsForHandlersToo) {
  const Set set({0});
  to_post = &set;
  const Handler handler(0, PostOne);
  {
    const Signaller signaller;
    EXPECT_EQ(set.Operate({Take()}), EINTR);
  }
  EXPECT_EQ(set.Value(), 1);
}

// As it is a system call: while the thread makes and removes sets, too.
key_t key;
std::atomic<int> failed;
void GiveAndTake(int) {
  ++handled;
  sembuf operations[] = {Give(), Take()};
  if (semop(semget(key, 1, 0), operations, 2) != 0) ++failed;
}

TEST(Operate, IsForHandlersAtAnyTime) {
  constexpr int kRounds = 50, kSignals = 20;
  key = FreshKey();
  const Set set({0}, key);
  const Handler handler(0, GiveAndTake);
  failed = 0;
  std::atomic<bool> done = false;
  std::thread signaller([&, target = gettid()] {
    while (!done) {
      tgkill(getpid(), target, SIGUSR1);
      std::this_thread::yield();
    }
  });
  for (int round = 0; round < kRounds || handled < kSignals; ++round) {
    const Set other({1, 2});
  }
  done = true;
  signaller.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(set.Value(), 0);
}

// semtimedop(2): EAGAIN if the time is over; nothing is done.
TEST(Operate, EndsWithTheTime) {
  const Set set({1, 0});
  EXPECT_EQ(set.OperateIn(20, {Take(1, 0), Take(1, 1)}), EAGAIN);
  EXPECT_EQ(set.OperateIn(0, {Take(1, 1)}), EAGAIN);
  EXPECT_EQ(set.OperateIn(20, {Zero()}), EAGAIN);
  EXPECT_EQ(set.Values(), Values({1, 0}));
  EXPECT_EQ(set.OperateIn(0, {Take(1, 0)}), 0);
}

// semtimedop(2): without a time it is semop(), and otherwise, too, if it
// needn't block.
TEST(Operate, HasTime) {
  const Set set({1, 0});
  sembuf take = Take();
  EXPECT_EQ(ErrnoOf(semtimedop(set.id(), &take, 1, nullptr)), 0);
  Child waiter([&] { return set.OperateIn(3'600'000, {Take()}); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  EXPECT_EQ(set.Operate({Give()}), 0);
  EXPECT_EQ(waiter.Join(), 0);
}

// semtimedop(2), EINVAL: a time below 0, or more than a second's nanoseconds.
TEST(Operate, RefusesWhatIsNoTime) {
  const Set set({1});
  sembuf take = Take();
  for (const timespec time :
       {timespec{-1, 0}, timespec{0, -1}, timespec{0, 1'000'000'000}}) {
    EXPECT_EQ(ErrnoOf(semtimedop(set.id(), &take, 1, &time)), EINVAL);
  }
  const timespec longest = {LONG_MAX, 999'999'999};
  EXPECT_EQ(ErrnoOf(semtimedop(set.id(), &take, 1, &longest)), 0);
}

// semop, ERRORS, EIDRM: the set is removed while the thread waits.
TEST(Operate, EndsWithTheSet) {
  const Set set({0, 1});
  Child for_units([&] { return set.Operate({Take()}); });
  Child for_zero([&] { return set.Operate({Zero(1)}); });
  EXPECT_TRUE(set.AwaitBlocked(1));
  EXPECT_TRUE(set.AwaitBlocked(0, 1, 1));
  EXPECT_EQ(set.Remove(), 0);
  EXPECT_EQ(for_units.Join(), EIDRM);
  EXPECT_EQ(for_zero.Join(), EIDRM);
  EXPECT_EQ(set.Operate({Give()}), EINVAL);
}

// semop, DESCRIPTION: sempid becomes the process's, of each semaphore in the
// array. sem_otime becomes the time.
TEST(Operate, LeavesItsMark) {
  const Set set({1, 1, 1});
  Child other([&] { return set.Operate({Take(1, 1), Zero(1)}); });
  const pid_t pid = other.pid();
  EXPECT_EQ(other.Join(), 0);
  EXPECT_EQ(set.Operate({Give(1, 2)}), 0);
  EXPECT_EQ(set.Get(GETPID, 1), pid);
  EXPECT_EQ(set.Get(GETPID, 2), getpid());
  EXPECT_LE(set.Status().sem_otime, time(nullptr));
  EXPECT_GT(set.Status().sem_otime, time(nullptr) - 1000);
}

// Linux: how many operations there are, and whether they can be read, is looked
// at before it is looked for the set.
TEST(Operate, LooksAtTheOperationsBeforeTheSet) {
  std::vector<sembuf> many(600);
  for (const int id : {-1, INT_MAX}) {
    EXPECT_EQ(ErrnoOf(semop(id, nullptr, 1)), EFAULT) << id;
    EXPECT_EQ(ErrnoOf(semop(id, nullptr, 0)), EINVAL) << id;
    EXPECT_EQ(ErrnoOf(semop(id, many.data(), many.size())), E2BIG) << id;
    EXPECT_EQ(ErrnoOf(semop(id, nullptr, many.size())), E2BIG) << id;
    EXPECT_EQ(ErrnoOf(semop(id, many.data(), 1)), EINVAL) << id;
    EXPECT_EQ(ErrnoOf(semop(id, NoAddress<sembuf>(), 1)), EFAULT) << id;
    if (const timespec* const none = NoAddress<timespec>()) {
      EXPECT_EQ(ErrnoOf(semtimedop(id, many.data(), 1, none)), EFAULT) << id;
    }
  }
}

// semop(2), EFAULT: an address isn't accessible. Nothing is done.
TEST(Operate, WantsAddresses) {
  const Set set({2});
  std::vector<sembuf> takes = {Take(), Take()};
  for (const size_t count : {1, 2}) {
    EXPECT_EQ(ErrnoOf(semop(set.id(), nullptr, count)), EFAULT);
    EXPECT_EQ(ErrnoOf(semop(set.id(), Nowhere<sembuf>(), count)), EFAULT);
    EXPECT_EQ(
        ErrnoOf(semtimedop(set.id(), takes.data(), count, Nowhere<timespec>())),
        EFAULT);
  }
  EXPECT_EQ(set.Value(), 2);
}

// Linux: the addresses are looked at before the permission is.
TEST(Operate, LooksAtTheOperationsBeforePermission) {
  const Set set({1}, IPC_PRIVATE, 0600);
  EXPECT_EQ(
      InChild([&] {
        BecomeUser();
        sembuf take = Take();
        EXPECT_EQ(ErrnoOf(semop(set.id(), &take, 1)), EACCES);
        EXPECT_EQ(ErrnoOf(semop(set.id(), &take, 0)), EINVAL);
        EXPECT_EQ(ErrnoOf(semop(set.id(), NoAddress<sembuf>(), 1)), EFAULT);
        if (const timespec* const none = NoAddress<timespec>()) {
          EXPECT_EQ(ErrnoOf(semtimedop(set.id(), &take, 1, none)), EFAULT);
        }
        return static_cast<int>(testing::Test::HasFailure());
      }),
      0);
}

}  // namespace
}  // namespace sysv_test

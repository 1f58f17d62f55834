// SPDX-License-Identifier: MIT
// sem_open, sem_close and sem_unlink, by their pages in POSIX.1-2017, System
// Interfaces.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

constexpr mode_t kMode = 0600;

// What a user's program gets that opens it.
int OpenedByUser(const char* name) {
  return InChild([=] {
    BecomeUser();
    return ErrnoOf(sem_open(name, 0));
  });
}

// sem_open, DESCRIPTION, O_CREAT: it is created with the initial value given.
TEST(Open, MakesOneOfTheValue) {
  const Semaphore zero(0), three(3);
  EXPECT_EQ(ValueOf(zero), 0);
  EXPECT_EQ(ValueOf(three), 3);
}

// sem_open, DESCRIPTION, O_CREAT: values up to SEM_VALUE_MAX are valid.
TEST(Open, TakesTheLargestValue) {
  const Semaphore full(SEM_VALUE_MAX);
  EXPECT_EQ(ValueOf(full), SEM_VALUE_MAX);
}

// sem_open, ERRORS, EINVAL: O_CREAT and a value above SEM_VALUE_MAX.
TEST(Open, RefusesALargerValue) {
  const std::string name = FreshName();
  EXPECT_EQ(ErrnoOf(sem_open(name.c_str(), O_CREAT, kMode, SEM_VALUE_MAX + 1u)),
            EINVAL);
  EXPECT_EQ(ErrnoOf(sem_open(name.c_str(), 0)), ENOENT);
}

// sem_open, ERRORS, ENOENT: no O_CREAT, and there is none.
TEST(Open, FindsNothing) {
  EXPECT_EQ(ErrnoOf(sem_open(FreshName().c_str(), 0)), ENOENT);
  EXPECT_EQ(ErrnoOf(sem_open(FreshName().c_str(), O_EXCL)), ENOENT);
}

// sem_open, ERRORS, EEXIST: O_CREAT and O_EXCL, and there is one.
TEST(Open, MakesNoSecondOne) {
  const Semaphore first(1);
  EXPECT_EQ(ErrnoOf(sem_open(first.name(), O_CREAT | O_EXCL, kMode, 5)),
            EEXIST);
  EXPECT_EQ(ValueOf(first), 1);
}

// sem_open, DESCRIPTION, O_CREAT: without effect if there is one.
TEST(Open, LeavesWhatThereIsAsItIs) {
  const Semaphore first(1);
  sem_t* second = sem_open(first.name(), O_CREAT, kMode, 5);
  ASSERT_NE(second, SEM_FAILED);
  EXPECT_EQ(ValueOf(second), 1);
  EXPECT_EQ(sem_close(second), 0);
}

// ... whatever value is given.
TEST(Open, DoesNotLookAtTheValueOfOneThatIsThere) {
  const Semaphore first(1);
  sem_t* second = sem_open(first.name(), O_CREAT, kMode, SEM_VALUE_MAX + 1u);
  ASSERT_NE(second, SEM_FAILED);
  EXPECT_EQ(ValueOf(second), 1);
  EXPECT_EQ(sem_close(second), 0);
}

// sem_open, DESCRIPTION, O_CREAT: it is created if there is none, so that there
// being none is no reason to fail, whatever others do to the name.
TEST(Open, MakesOneThoughOthersUnlinkIt) {
  constexpr int kProcesses = 4, kRounds = 200;
  const std::string name = FreshName();
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() != 0) continue;
    for (int round = 0; round < kRounds; ++round) {
      sem_t* sem = sem_open(name.c_str(), O_CREAT, kMode, 1);
      if (sem == SEM_FAILED) _exit(errno);
      if (sem_unlink(name.c_str()) != 0 && errno != ENOENT) _exit(1);
      if (sem_post(sem) != 0 || sem_close(sem) != 0) _exit(2);
    }
    _exit(0);
  }
  AwaitChildren();
  EXPECT_EQ(ErrnoOf(sem_unlink(name.c_str())), ENOENT);
}

// sem_open, ERRORS, ENOENT: that alone says that there is none.
TEST(Open, FindsOneOrNone) {
  constexpr int kRounds = 3000;
  const std::string name = FreshName();
  const pid_t maker = fork();
  if (maker == 0) {
    for (;;) {
      sem_close(sem_open(name.c_str(), O_CREAT | O_EXCL, kMode, 1));
      sem_unlink(name.c_str());
    }
  }
  int found = 0;
  for (int round = 0; round < kRounds || found == 0; ++round) {
    sem_t* sem = sem_open(name.c_str(), 0);
    if (sem == SEM_FAILED) {
      ASSERT_EQ(errno, ENOENT);
    } else {
      EXPECT_EQ(sem_close(sem), 0);
      ++found;
    }
  }
  EXPECT_EQ(kill(maker, SIGKILL), 0);
  EXPECT_EQ(waitpid(maker, nullptr, 0), maker);
  sem_unlink(name.c_str());
}

// sem_open, DESCRIPTION, O_CREAT: it has its initial value when it is created,
// so nobody finds it with another one.
TEST(Open, NobodyFindsItHalfMade) {
  constexpr int kRounds = 300;
  const std::string name = FreshName();
  std::atomic<bool> end = false;
  std::thread maker([&] {
    while (!end) {
      sem_t* sem = sem_open(name.c_str(), O_CREAT | O_EXCL, kMode, 3);
      EXPECT_NE(sem, SEM_FAILED);
      EXPECT_EQ(sem_close(sem), 0);
      EXPECT_EQ(sem_unlink(name.c_str()), 0);
    }
  });
  for (int found = 0; found < kRounds && !HasFailure();) {
    sem_t* sem = sem_open(name.c_str(), 0);
    if (sem == SEM_FAILED) continue;
    EXPECT_EQ(ValueOf(sem), 3);
    EXPECT_EQ(sem_close(sem), 0);
    ++found;
  }
  end = true;
  maker.join();
}

TEST(Open, TheKilledLeaveNoneHalfMade) {
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    const std::string prefix = FreshName() + "-";
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0;; ++i) {
        sem_open((prefix + std::to_string(i)).c_str(), O_CREAT, kMode, 3);
      }
    }
    sem_t* first;
    do {
      first = sem_open((prefix + "0").c_str(), 0);
    } while (first == SEM_FAILED);
    EXPECT_EQ(sem_close(first), 0);
    usleep(round * 37 % 2000);
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    for (int i = 0;; ++i) {
      const std::string name = prefix + std::to_string(i);
      sem_t* sem = sem_open(name.c_str(), 0);
      if (sem == SEM_FAILED) break;
      EXPECT_EQ(ValueOf(sem), 3);
      EXPECT_EQ(sem_close(sem), 0);
      EXPECT_EQ(sem_unlink(name.c_str()), 0);
    }
  }
}

// sem_open, DESCRIPTION: opened more than once by a process, it has the same
// address each time.
TEST(Open, GivesTheSameAddress) {
  const Semaphore first(1);
  sem_t* second = sem_open(first.name(), 0);
  sem_t* third = sem_open(first.name(), O_CREAT, kMode, 0);
  EXPECT_EQ(second, static_cast<sem_t*>(first));
  EXPECT_EQ(third, static_cast<sem_t*>(first));
  EXPECT_EQ(sem_close(third), 0);
  EXPECT_EQ(sem_close(second), 0);
  EXPECT_EQ(sem_wait(first), 0);
}

TEST(Open, HasManyAtOnce) {
  constexpr int kMany = 100;
  std::vector<std::unique_ptr<Semaphore>> all;
  all.reserve(kMany);
  for (int i = 0; i < kMany; ++i) all.push_back(std::make_unique<Semaphore>(i));
  // A gap is filled again.
  all[kMany / 2] = std::make_unique<Semaphore>(kMany / 2);
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(ValueOf(*all[i]), i);
}

// sem_open, ERRORS, ENAMETOOLONG. The C library says EINVAL to some of them.
TEST(Open, RefusesALongName) {
  const std::string name = "/" + std::string(PATH_MAX, 'n');
  const int error = ErrnoOf(sem_open(name.c_str(), O_CREAT, kMode, 1));
  EXPECT_TRUE(error == ENAMETOOLONG || error == EINVAL) << error;
}

// sem_open, DESCRIPTION: what slashes other than the first mean is up to the
// implementation. On Linux they are refused.
TEST(Open, RefusesMoreSlashes) {
  EXPECT_EQ(ErrnoOf(sem_open("/a/b", O_CREAT, kMode, 1)), EINVAL);
  EXPECT_EQ(ErrnoOf(sem_open("/", O_CREAT, kMode, 1)), EINVAL);
  EXPECT_EQ(ErrnoOf(sem_open("", O_CREAT, kMode, 1)), EINVAL);
}

// On Linux a name may also go without its slash.
TEST(Open, NeedsNoSlash) {
  const Semaphore sem(1);
  sem_t* same = sem_open(sem.name() + 1, 0);
  ASSERT_NE(same, SEM_FAILED);
  EXPECT_EQ(sem_post(same), 0);
  EXPECT_EQ(ValueOf(sem), 2);
  EXPECT_EQ(sem_close(same), 0);
}

// sem_open, ERRORS, EMFILE.
TEST(Open, NeedsADescriptor) {
  const Semaphore sem(1);
  EXPECT_EQ(InChild([&] {
              const rlimit none = {3, 3};
              setrlimit(RLIMIT_NOFILE, &none);
              return ErrnoOf(sem_open(FreshName().c_str(), O_CREAT, kMode, 1));
            }),
            EMFILE);
}

// sem_open, DESCRIPTION, O_CREAT: the mode says who may have it, ...
TEST(Open, OthersNeedPermission) {
  umask(0);
  const Semaphore closed(1, 0600), readable(1, 0644), open(1, 0666);
  EXPECT_EQ(OpenedByUser(closed.name()), EACCES);
  EXPECT_EQ(OpenedByUser(readable.name()), EACCES);
  EXPECT_EQ(OpenedByUser(open.name()), 0);
}

// ... but for what the file mode creation mask has.
TEST(Open, GoesByTheUmask) {
  umask(0077);
  const Semaphore closed(1, 0666);
  umask(0);
  EXPECT_EQ(OpenedByUser(closed.name()), EACCES);
}

// sem_close, ERRORS, EINVAL.
TEST(Close, RefusesWhatIsNotOpen) {
  sem_t unnamed;
  ASSERT_EQ(sem_init(&unnamed, 0, 1), 0);
  EXPECT_EQ(ErrnoOf(sem_close(&unnamed)), EINVAL);
}

// sem_close, DESCRIPTION: closing has no effect on its state.
TEST(Close, LeavesTheValue) {
  const std::string name = FreshName();
  sem_t* sem = sem_open(name.c_str(), O_CREAT, kMode, 3);
  ASSERT_NE(sem, SEM_FAILED);
  EXPECT_EQ(sem_wait(sem), 0);
  EXPECT_EQ(sem_close(sem), 0);
  sem = sem_open(name.c_str(), 0);
  ASSERT_NE(sem, SEM_FAILED);
  EXPECT_EQ(ValueOf(sem), 2);
  EXPECT_EQ(sem_close(sem), 0);
  EXPECT_EQ(sem_unlink(name.c_str()), 0);
}

// sem_unlink, DESCRIPTION: the name goes; those that have it open go on.
TEST(Unlink, TakesTheNameOnly) {
  const Semaphore sem(0);
  EXPECT_EQ(sem_unlink(sem.name()), 0);
  EXPECT_EQ(ErrnoOf(sem_open(sem.name(), 0)), ENOENT);
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
  EXPECT_EQ(sem_wait(sem), 0);
  EXPECT_EQ(ErrnoOf(sem_trywait(sem)), EAGAIN);
}

// sem_unlink, DESCRIPTION: sem_open() then makes a new one.
TEST(Unlink, MakesRoomForANewOne) {
  const Semaphore old(1);
  ASSERT_EQ(sem_unlink(old.name()), 0);
  sem_t* sem = sem_open(old.name(), O_CREAT | O_EXCL, kMode, 7);
  ASSERT_NE(sem, SEM_FAILED);
  EXPECT_NE(sem, static_cast<sem_t*>(old));
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 8);
  EXPECT_EQ(ValueOf(old), 1);
  EXPECT_EQ(sem_close(sem), 0);
}

// sem_unlink, DESCRIPTION: it doesn't wait for those that have it open.
TEST(Unlink, GoesWithWaiters) {
  const Semaphore sem(0);
  const pid_t child = fork();
  if (child == 0) _exit(ErrnoOf(sem_wait(sem)));
  EXPECT_EQ(sem_unlink(sem.name()), 0);
  EXPECT_EQ(sem_post(sem), 0);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// sem_unlink, ERRORS, ENOENT.
TEST(Unlink, FindsNothing) {
  EXPECT_EQ(ErrnoOf(sem_unlink(FreshName().c_str())), ENOENT);
}

// Names that sem_open() refuses are not to be found either.
TEST(Unlink, FindsNoImpossibleName) {
  for (const char* name : {"/a/b", "/", ""}) {
    EXPECT_EQ(ErrnoOf(sem_unlink(name)), ENOENT) << name;
  }
}

// sem_unlink, ERRORS, EACCES.
TEST(Unlink, NeedsPermission) {
  const Semaphore sem(1);
  EXPECT_EQ(InChild([&] {
              BecomeUser();
              return ErrnoOf(sem_unlink(sem.name()));
            }),
            EACCES);
}

}  // namespace
}  // namespace posix_test

// SPDX-License-Identifier: MIT
// What programs do to descriptors that they haven't opened. A set isn't one.
#include "fsclient/preload/tests/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "fsclient/sysv/tests/support.h"

namespace sysv_test {
namespace {

using preload_test::kWays;
using preload_test::kWaysNumber;
using preload_test::Way;

class Closing : public testing::TestWithParam<Way> {};

// All but the last, PastTheLibrary.
class ClosingByLibrary : public Closing {};

std::string NameOf(const testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(By, Closing, testing::ValuesIn(kWays), NameOf);
INSTANTIATE_TEST_SUITE_P(By, ClosingByLibrary,
                         testing::ValuesIn(kWays, kWays + kWaysNumber - 1),
                         NameOf);

void UseThem(const Set& a, const Set& b) {
  EXPECT_EQ(a.Operate({Take(1)}), 0);
  EXPECT_EQ(a.Operate({Take(5, 0, IPC_NOWAIT)}), EAGAIN);
  EXPECT_EQ(b.Operate({Take(1, 1), Give(1, 0)}), 0);
  EXPECT_EQ(a.OperateIn(1, {Take(5)}), EAGAIN);
}

TEST_P(Closing, LeavesSetsApart) {
  const Set a({3}), b({2, 4});
  EXPECT_EQ(InChild([&] {
              UseThem(a, b);
              GetParam().close();
              int opened[40];
              for (int& fd : opened) fd = open("/dev/urandom", O_RDWR);
              UseThem(a, b);
              for (const int fd : opened) {
                char byte;
                EXPECT_EQ(read(fd, &byte, 1), 1);
                EXPECT_EQ(close(fd), 0);
              }
              UseThem(a, b);
              return testing::Test::HasFailure();
            }),
            0);
  EXPECT_EQ(a.Values(), std::vector<int>({0}));
  EXPECT_EQ(b.Values(), std::vector<int>({5, 1}));
}

// Threads that operate at the same moment afterwards.
TEST_P(Closing, LeavesSetsToAllThreads) {
  constexpr int kRounds = 50, kThreads = 4;
  const Set set({0});
  EXPECT_EQ(InChild([&] {
              for (int round = 0; round < kRounds; ++round) {
                GetParam().close();
                AtOnce(kThreads, [&] { EXPECT_EQ(set.Operate({Give()}), 0); });
              }
              return testing::Test::HasFailure();
            }),
            0);
  EXPECT_EQ(set.Value(), kRounds * kThreads);
}

// semop, DESCRIPTION: it is undone when the process ends, and not before.
TEST_P(ClosingByLibrary, UndoesNothing) {
  const Set set({3}), answer({0});
  const pid_t child = fork();
  if (child == 0) {
    if (set.Operate({Take(2, 0, SEM_UNDO)}) != 0) _exit(1);
    GetParam().close();
    if (set.Operate({Give(1, 0, SEM_UNDO)}) != 0) _exit(2);
    if (answer.Operate({Give()}) != 0) _exit(3);
    _exit(answer.Operate({Zero()}) != 0);
  }
  EXPECT_TRUE(answer.AwaitBlocked(0, 1));
  EXPECT_EQ(set.Value(), 2);
  EXPECT_EQ(answer.SetValue(0), 0);
  AwaitChildren();
  EXPECT_TRUE(Eventually([&] { return set.Value() == 3; }));
}

// daemon(3) forks; what the child does then is undone when the child ends.
TEST(Daemon, UndoesAtItsEnd) {
  const Set set({3}), answer({0});
  const pid_t child = fork();
  if (child == 0) {
    if (set.Operate({Give(1)}) != 0 || daemon(1, 1) != 0) _exit(1);
    closefrom(3);
    if (set.Operate({Take(2, 0, SEM_UNDO)}) != 0) _exit(2);
    closefrom(3);
    answer.Operate({Take()});
    _exit(0);
  }
  AwaitChildren();
  EXPECT_TRUE(answer.AwaitBlocked(1));
  EXPECT_EQ(set.Value(), 2);
  EXPECT_EQ(answer.Operate({Give(1)}), 0);
  EXPECT_TRUE(Eventually([&] { return set.Value() == 4; }));
}

// dup2, DESCRIPTION: the number is the program's afterwards, whichever it is.
TEST(Numbers, AreWhatTheProgramSays) {
  const Set a({3}), b({2, 4});
  EXPECT_EQ(InChild([&] {
              if (a.Operate({Take(1, 0, SEM_UNDO)}) != 0) return 1;
              const int null = open("/dev/null", O_RDWR);
              for (int fd = 3; fd < 1000; ++fd) EXPECT_EQ(dup2(null, fd), fd);
              EXPECT_EQ(a.Value(), 2);
              UseThem(a, b);
              for (int fd = 3; fd < 1000; ++fd) EXPECT_EQ(close(fd), 0);
              UseThem(a, b);
              return static_cast<int>(testing::Test::HasFailure());
            }),
            0);
  EXPECT_TRUE(Eventually([&] { return a.Value() == 1; }));
}

// After a set's were closed past the C library, their numbers are the
// program's.
TEST(Numbers, AreTheProgramsOnceTheyAreClosed) {
  constexpr int kFirst = 512, kMany = 8;
  const Set a({3}), b({2, 4});
  EXPECT_EQ(InChild([&] {
              UseThem(a, b);
              kWays[kWaysNumber - 1].close();
              for (int fd = kFirst; fd < kFirst + kMany; ++fd) {
                EXPECT_EQ(fcntl(0, F_DUPFD, kFirst), fd);
              }
              for (int fd = kFirst; fd < kFirst + kMany; ++fd) {
                EXPECT_EQ(fcntl(fd, F_GETFD), 0) << fd;
                EXPECT_EQ(dup2(fd, 300), 300) << fd;
                EXPECT_EQ(dup2(0, fd), fd) << fd;
                const int copy = dup(fd);
                EXPECT_GE(copy, 0) << fd;
                EXPECT_EQ(syscall(SYS_close, copy), 0) << fd;
                EXPECT_EQ(close(fd), 0) << fd;
              }
              UseThem(a, b);
              return testing::Test::HasFailure();
            }),
            0);
}

bool IsOpen(int fd) {
  return std::filesystem::is_symlink("/proc/self/fd/" + std::to_string(fd));
}

// The same of those that close what there is.
TEST_P(ClosingByLibrary, ClosesWhatTookTheirNumbers) {
  constexpr int kFirst = 512, kMany = 8;
  const Set a({1}), b({1});
  EXPECT_EQ(InChild([&] {
              if (a.Operate({Take()}) + b.Operate({Take()}) != 0) return 1;
              kWays[kWaysNumber - 1].close();
              for (int i = 0; i < kMany; ++i) fcntl(0, F_DUPFD, kFirst);
              GetParam().close();
              for (int fd = kFirst; fd < kFirst + kMany; ++fd) {
                EXPECT_FALSE(IsOpen(fd)) << fd;
              }
              return static_cast<int>(testing::Test::HasFailure());
            }),
            0);
}

// A child of vfork() has its parent's memory, but descriptors of its own.
TEST(Numbers, AreTheirsInAChildThatSharesMemory) {
  const Set set({1});
  EXPECT_EQ(set.Operate({Take()}), 0);
  const pid_t child = vfork();  // NOLINT: that is what it is about
  if (child == 0) {
    kWays[kWaysNumber - 1].close();
    const int fd = fcntl(0, F_DUPFD, 512);
    _exit(fd >= 512 && close(fd) == 0 ? 0 : 1);
  }
  AwaitChildren();
  for (int fd = 512; fd < 600; ++fd) {
    EXPECT_EQ(ErrnoOf(close(fd)), EBADF) << fd;
  }
  EXPECT_EQ(set.Operate({Give()}), 0);
}

// chroot(2): a set isn't a file, so it can be used in any root directory.
TEST(RootDirectory, ChangesNothing) {
  const key_t key = FreshKey();
  EXPECT_EQ(InChild([&] {
              const int id = semget(key, 1, IPC_CREAT | 0600);
              return ErrnoOf(semctl(id, 0, SETVAL, semun{.val = 5}));
            }),
            0);
  EXPECT_EQ(InChild([&] {
              const int id = semget(key, 1, 0);
              if (chroot("/tmp") != 0) return -1;
              sembuf take = Take();
              if (semop(id, &take, 1) != 0) return errno;
              return InChild([&] { return ErrnoOf(semop(id, &take, 1)); });
            }),
            0);
  const int id = semget(key, 1, 0);
  EXPECT_EQ(semctl(id, 0, GETVAL), 3);
  EXPECT_EQ(ErrnoOf(semctl(id, 0, IPC_RMID)), 0);
}

// semctl, DESCRIPTION, IPC_RMID: the same.
TEST(RootDirectory, LetsSetsBeRemoved) {
  const key_t key = FreshKey();
  EXPECT_EQ(InChild([&] {
              const int id = semget(key, 1, IPC_CREAT | 0600);
              if (chroot("/tmp") != 0) return -1;
              return ErrnoOf(semctl(id, 0, IPC_RMID));
            }),
            0);
  ASSERT_EQ(ErrnoOf(semget(key, 1, 0)), ENOENT);
  // Whatever is left of it.
  const Set again({2}, key);
  EXPECT_EQ(again.Value(), 2);
}

long CountOpen() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

// A server that operates on sets which come and go with its clients.
TEST(Removal, LeavesOthersNoDescriptor) {
  constexpr int kSets = 30, kFew = 10;
  const Shared<int> id;
  const long before = CountOpen();
  for (int i = 0; i < kSets; ++i) {
    ASSERT_EQ(InChild([&] {
                *id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
                return ErrnoOf(*id);
              }),
              0);
    sembuf give = Give();
    EXPECT_EQ(ErrnoOf(semop(*id, &give, 1)), 0);
    ASSERT_EQ(InChild([&] { return ErrnoOf(semctl(*id, 0, IPC_RMID)); }), 0);
  }
  EXPECT_LT(CountOpen(), before + kFew);
}

}  // namespace
}  // namespace sysv_test

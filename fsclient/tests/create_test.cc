// SPDX-License-Identifier: MIT
// Making a semaphore is one step: nobody sees half of one.
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/tests/support.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem {
namespace {

constexpr uid_t kUser = 1000;
constexpr gid_t kGroup = 1000;
constexpr gid_t kOtherGroup = 1234;

const Settings kThreeOfFive = {.value = 3, .max = 5};

std::string directory_of(const std::string& name) {
  return root() + "/" + name;
}

std::string file_of(const std::string& name, const std::string& file) {
  std::ifstream in(directory_of(name) + "/" + file);
  std::string text;
  std::getline(in, text);
  return text;
}

struct stat node_of(const std::string& name) {
  struct stat node = {};
  EXPECT_EQ(stat(("/dev/ksem/" + name).c_str(), &node), 0);
  return node;
}

// The descriptors of a process that are the control node.
std::vector<int> controls_of(const std::string& process) {
  std::vector<int> controls;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + process + "/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) == KSEM_CONTROL) {
      controls.push_back(std::stoi(entry.path().filename()));
    }
  }
  return controls;
}

// In a process of a user who may make semaphores, and is in one more group.
bool as_maker(const std::function<bool()>& work) {
  EXPECT_EQ(chmod(root().c_str(), 0777), 0);
  const bool done = in_child_ok([&] {
    return setgroups(1, &kOtherGroup) == 0 && setgid(kGroup) == 0 &&
           setuid(kUser) == 0 && work();
  });
  EXPECT_EQ(chmod(root().c_str(), 0755), 0);
  return done;
}

TEST(Create, WithAllSettings) {
  const std::string name = fresh_name();
  {
    const Semaphore sem = Semaphore::create(name,
                                            {.value = 3,
                                             .max = 5,
                                             .order = Order::kPriority,
                                             .fair = false,
                                             .record = true,
                                             .undo = true,
                                             .mappable = false,
                                             .mode = 0640,
                                             .group = kOtherGroup},
                                            options());
    EXPECT_STATE(sem, .value = 3, .max = 5, .order = Order::kPriority);
    EXPECT_FALSE(sem.fair());
    EXPECT_EQ(file_of(name, "fair"), "0");
    EXPECT_EQ(file_of(name, "record"), "1");
    EXPECT_EQ(file_of(name, "undo"), "1");
    EXPECT_EQ(file_of(name, "mappable"), "0");
    EXPECT_EQ(node_of(name).st_mode, mode_t{S_IFCHR | 0640});
    EXPECT_EQ(node_of(name).st_gid, kOtherGroup);
  }
  Semaphore::remove(name);
}

TEST(Create, WithoutAnySettings) {
  const std::string name = fresh_name();
  const Semaphore sem = Semaphore::create(name, Settings(), options());
  EXPECT_STATE(sem, .value = 0);
  EXPECT_TRUE(sem.fair());
  EXPECT_EQ(file_of(name, "undo"), "0");
  EXPECT_EQ(file_of(name, "mappable"), "1");
  EXPECT_EQ(node_of(name).st_mode, mode_t{S_IFCHR | 0600});
  Semaphore::remove(name);
}

TEST(Create, OpenOrCreateMakesItSoOnce) {
  const std::string name = fresh_name();
  const Semaphore first =
      Semaphore::open_or_create(name, kThreeOfFive, options());
  const Semaphore second =
      Semaphore::open_or_create(name, {.value = 1, .max = 1}, options());
  EXPECT_STATE(first, .value = 3, .max = 5);
  EXPECT_STATE(second, .value = 3, .max = 5);
  Semaphore::remove(name);
}

struct Bad {
  Settings settings;
  int error;
};

TEST(Create, BadSettingsMakeNothing) {
  const std::string name = fresh_name();
  for (const Bad& bad :
       {Bad{{.value = 6, .max = 5}, EOVERFLOW}, Bad{{.value = -1}, EINVAL},
        Bad{{.max = 0}, EINVAL}, Bad{{.max = -1}, EINVAL},
        Bad{{.mode = 01000}, EINVAL}, Bad{{.group = ~0U}, EINVAL}}) {
    EXPECT_EQ(
        errno_of([&] { Semaphore::create(name, bad.settings, options()); }),
        bad.error);
    EXPECT_EQ(errno_of([&] {
                Semaphore::open_or_create(name, bad.settings, options());
              }),
              bad.error);
    EXPECT_FALSE(std::filesystem::exists(directory_of(name)));
  }
  // None of it is left for the next one.
  const Semaphore next = Semaphore::create(name, 0, kMax, options());
  EXPECT_STATE(next, .value = 0);
  Semaphore::remove(name);
}

TEST(Create, SettingsOfAFailedOneAreGivenUp) {
  Fresh sem({.value = 1});
  EXPECT_EQ(
      errno_of([&] { Semaphore::create(sem.name(), kThreeOfFive, options()); }),
      EEXIST);
  const std::string name = fresh_name();
  ASSERT_EQ(mkdir(directory_of(name).c_str(), 0755), 0);
  EXPECT_STATE(Semaphore::open(name, options()), .value = 0);
  EXPECT_STATE(*sem, .value = 1);
  Semaphore::remove(name);
}

TEST(Create, AnOrdinaryUserSetsAll) {
  const std::string name = fresh_name();
  EXPECT_TRUE(as_maker([&] {
    Semaphore sem = Semaphore::create(name, {.value = 3,
                                             .max = 5,
                                             .order = Order::kPriority,
                                             .mappable = false,
                                             .mode = 0660,
                                             .group = kOtherGroup});
    const bool made =
        sem.via() == Via::kHandle &&
        state(sem) == State{.value = 3, .max = 5, .order = Order::kPriority} &&
        node_of(name).st_gid == kOtherGroup;
    sem.set({.value = 7, .max = 8, .order = Order::kFifo, .undo = true});
    sem.set_value(2);
    sem.set_max(4);
    sem.set_order(Order::kPriority);
    sem.set_fair(false);
    return made && !sem.fair() &&
           state(sem) ==
               State{.value = 2, .max = 4, .order = Order::kPriority} &&
           errno_of([&] { sem.set({.value = 1, .max = 1, .mode = 0666}); }) ==
               EINVAL &&
           errno_of([&] { sem.set({.value = 5}); }) == EOVERFLOW &&
           errno_of([&] { sem.set({.max = 1}); }) == EINVAL &&
           // All or none.
           errno_of([&] { sem.set({.value = 3, .max = 1}); }) == EOVERFLOW &&
           sem.value() == 2 &&
           errno_of([&] {
             Semaphore::create(fresh_name(), {.group = kGroup + 1});
           }) == EPERM;
  }));
  EXPECT_EQ(file_of(name, "undo"), "1");
  EXPECT_EQ(file_of(name, "mappable"), "0");
  EXPECT_EQ(node_of(name).st_uid, kUser);
  // Nobody but the owner may, however open the node is.
  EXPECT_EQ(chmod(("/dev/ksem/" + name).c_str(), 0666), 0);
  EXPECT_TRUE(in_child_ok([&] {
    if (setuid(kUser + 1)) return false;
    Semaphore sem = Semaphore::open(name);
    return sem.via() == Via::kHandle &&
           errno_of([&] { sem.set_value(1); }) == EACCES && sem.value() == 2;
  }));
  Semaphore::remove(name);
}

TEST(Set, SeveralAtOnce) {
  Fresh sem({.value = 1, .max = 2});
  sem->set({.value = 9, .max = 9, .order = Order::kPriority, .undo = true});
  EXPECT_STATE(*sem, .value = 9, .max = 9, .order = Order::kPriority);
  EXPECT_EQ(file_of(sem.name(), "undo"), "1");
  sem->set({.value = 1, .max = 2, .undo = false, .mappable = false});
  EXPECT_STATE(*sem, .value = 1, .max = 2, .order = Order::kPriority);
  EXPECT_EQ(file_of(sem.name(), "undo"), "0");
  EXPECT_EQ(file_of(sem.name(), "mappable"), "0");
  sem->set({});
  EXPECT_STATE(*sem, .value = 1, .max = 2, .order = Order::kPriority);
  EXPECT_TRUE(sem->fair());
  sem->set_fair(false);
  EXPECT_FALSE(sem->fair());
  EXPECT_EQ(errno_of([&] { sem->set({.mode = 0666}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { sem->set({.group = 0}); }), EINVAL);
}

// Makes and removes one of the name, again and again.
void make_and_remove(const std::string& name, const std::atomic<bool>& end) {
  while (!end) {
    Semaphore::create(name, kThreeOfFive, options());
    Semaphore::remove(name);
  }
}

TEST(Create, NobodySeesAHalfMadeOne) {
  constexpr int kRounds = 500;
  const std::string name = fresh_name();
  std::atomic<bool> end = false;
  std::thread maker([&] { make_and_remove(name, end); });
  int seen = 0;
  while (seen < kRounds) {
    const int fd = open(("/dev/ksem/" + name).c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    ksem_ioc_info info = {};
    EXPECT_EQ(ioctl(fd, KSEM_IOC_INFO, &info), 0);
    close(fd);
    EXPECT_EQ(info.value, 3U);
    EXPECT_EQ(info.max, 5U);
    // By the files it may be gone half-way.
    const std::string value = file_of(name, "value");
    const std::string max = file_of(name, "max");
    EXPECT_TRUE(value == "3" || value.empty()) << value;
    EXPECT_TRUE(max == "5" || max.empty()) << max;
    seen++;
    if (HasFailure()) break;
  }
  end = true;
  maker.join();
}

TEST(Create, TheKilledLeaveWholeOnes) {
  constexpr int kRounds = 150;
  int found = 0;
  for (int round = 0; round < kRounds; round++) {
    const std::string prefix = fresh_name() + "-";
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0;; i++) {
        Semaphore::create(prefix + std::to_string(i), kThreeOfFive, options());
      }
    }
    usleep(round * 37 % 2000);
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    for (const std::string& name : Semaphore::list()) {
      if (!name.starts_with(prefix)) continue;
      found++;
      EXPECT_STATE(Semaphore::open(name, options()), .value = 3, .max = 5);
      Semaphore::remove(name);
    }
  }
  EXPECT_GT(found, 0);
}

TEST(Create, AThreadKeepsItsSettings) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 100;
  const std::string prefix = fresh_name() + "-";
  std::vector<std::jthread> threads;
  for (int number = 1; number <= kThreads; number++) {
    threads.emplace_back([=] {
      for (int round = 0; round < kRounds; round++) {
        const std::string name = prefix + std::to_string(number);
        // One of them by mkdir alone.
        if (number == kThreads) {
          mkdir(directory_of(name).c_str(), 0755);
        } else {
          Semaphore::create(name, {.value = number, .max = number}, options());
        }
        const Semaphore made = Semaphore::open(name, options());
        EXPECT_EQ(made.value(), number == kThreads ? 0 : number);
        EXPECT_EQ(made.max(), number == kThreads ? kMax : number);
        Semaphore::remove(name);
      }
    });
  }
}

TEST(Create, LeavesTheControlNodeClosed) {
  const std::string name = fresh_name();
  const Semaphore made = Semaphore::create(name, kThreeOfFive, options());
  EXPECT_TRUE(controls_of("self").empty());
  EXPECT_EQ(errno_of([&] { Semaphore::create(name, kThreeOfFive, options()); }),
            EEXIST);
  EXPECT_EQ(errno_of([&] { Semaphore::create(fresh_name(), {.group = ~0U}); }),
            EINVAL);
  EXPECT_TRUE(controls_of("self").empty());
  Semaphore::remove(name);
}

// Which of the two mkdir() is depends on the machine.
bool makes_directory(std::uint64_t system_call) {
#ifdef SYS_mkdir
  if (system_call == SYS_mkdir) return true;
#endif
  return system_call == SYS_mkdirat;
}

// Follows a child to the beginning of its mkdir, and lets it go then.  Returns
// the descriptors of the control node that it has at that moment.
std::vector<int> controls_at_mkdir(pid_t child) {
  std::vector<int> controls;
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
    __ptrace_syscall_info call = {};
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(call), &call);
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY &&
        makes_directory(call.entry.nr)) {
      controls = controls_of(std::to_string(child));
      ptrace(PTRACE_DETACH, child, nullptr, nullptr);
    } else {
      ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    }
  }
  EXPECT_EQ(status, 0);
  return controls;
}

TEST(Create, KeepsOffStandardDescriptors) {
  const std::string name = fresh_name();
  const pid_t child = fork();
  if (child == 0) {
    for (const int fd : {0, 1, 2}) close(fd);
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    const Semaphore sem = Semaphore::create(name, kThreeOfFive);
    const bool made = state(sem) == State{.value = 3, .max = 5};
    _exit(made && controls_of("self").empty() ? 0 : 1);
  }
  const std::vector<int> controls = controls_at_mkdir(child);
  ASSERT_EQ(controls.size(), 1U);
  EXPECT_GT(controls[0], STDERR_FILENO);
  Semaphore::remove(name);
}

TEST(Create, ForkedChildrenHaveNoControlNode) {
  const std::string name = fresh_name();
  std::atomic<bool> end = false;
  std::thread maker([&] { make_and_remove(name, end); });
  for (int round = 0; round < 20; round++) {
    EXPECT_TRUE(in_child_ok([] { return controls_of("self").empty(); }));
  }
  end = true;
  maker.join();
}

// A handler that makes one of its own takes nobody's settings.
std::string handlers_name;
std::atomic<int> handled;

void make_in_handler(int) {
  if (mkdir(handlers_name.c_str(), 0755) == 0) rmdir(handlers_name.c_str());
  handled++;
}

TEST(Create, ASignalHandlerTakesNothing) {
  constexpr int kRounds = 20, kSignalsARound = 5;
  handlers_name = directory_of(fresh_name());
  struct sigaction action = {}, before;
  action.sa_handler = make_in_handler;
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<int> round = 0;
  std::thread maker([&] {
    const std::string name = fresh_name();
    for (; round < kRounds; round++) {
      const Semaphore sem = Semaphore::create(name, kThreeOfFive, options());
      EXPECT_STATE(sem, .value = 3, .max = 5);
      Semaphore::remove(name);
    }
  });
  const pthread_t thread = maker.native_handle();
  // So few that a slow machine gets on between them.
  for (int sent = handled; round < kRounds; usleep(sent * 37 % 1000)) {
    if (handled < sent || handled >= (round + 1) * kSignalsARound) continue;
    pthread_kill(thread, SIGUSR1);
    sent++;
  }
  maker.join();
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

TEST(Create, OutOfDescriptorsItMakesNothing) {
  const std::string name = fresh_name();
  EXPECT_TRUE(in_child_ok([&] {
    const rlimit none = {3, 3};
    return setrlimit(RLIMIT_NOFILE, &none) == 0 &&
           errno_of([&] { Semaphore::create(name, kThreeOfFive); }) == EMFILE;
  }));
  EXPECT_FALSE(std::filesystem::exists(directory_of(name)));
}

TEST(Create, WithoutTheControlNode) {
  // An empty /dev/ksem is taken away by the kernel.
  const Fresh keeps_the_directory;
  const std::string away = "/dev/control-elsewhere";
  const std::string name = fresh_name();
  std::filesystem::rename(KSEM_CONTROL, away);
  EXPECT_EQ(errno_of([&] { Semaphore::create(name, kThreeOfFive); }), ENODEV);
  EXPECT_EQ(errno_of([&] { Semaphore::open_or_create(name, kThreeOfFive); }),
            ENODEV);
  Semaphore::create(name);
  Semaphore::remove(name);
  std::filesystem::rename(away, KSEM_CONTROL);
}

// A number that is another semaphore's by now, by requests alone.
TEST(Identity, ADescriptorThatWasClosedIsFound) {
  if (!by_handle()) GTEST_SKIP();
  Fresh sem({.value = 1}), other({.value = 1});
  Semaphore handle = Semaphore::open(sem.name(), {.undo = true});
  const int fd = open(("/dev/ksem/" + other.name()).c_str(), O_RDWR);
  ASSERT_EQ(dup2(fd, handle.native_handle()), handle.native_handle());
  EXPECT_EQ(errno_of([&] { handle.acquire(); }), ESTALE);
  EXPECT_EQ(errno_of([&] { return handle.try_acquire(); }), ESTALE);
  EXPECT_EQ(errno_of([&] { handle.release(); }), ESTALE);
  EXPECT_EQ(errno_of([&] { handle.set_value(5); }), ESTALE);
  Semaphore unmapped = Semaphore::open(sem.name(), {.via = Via::kHandle});
  sem->set({.mappable = false});
  ASSERT_EQ(dup2(fd, unmapped.native_handle()), unmapped.native_handle());
  other->set({.mappable = false});
  EXPECT_EQ(errno_of([&] { unmapped.release(); }), ESTALE);
  EXPECT_STATE(*sem, .value = 1);
  EXPECT_STATE(*other, .value = 1);
  for (const int number :
       {fd, handle.native_handle(), unmapped.native_handle()}) {
    close(number);
  }
}

}  // namespace
}  // namespace ksem

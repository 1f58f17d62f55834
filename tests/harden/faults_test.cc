// SPDX-License-Identifier: MIT
// Whatever allocation or copy fails in an operation, it says so, and nothing
// has changed. That nothing leaks, kmemleak sees at the end.
#include "tests/harden/faults.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/handle/support.h"
#include "tests/harden/kcov.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

const State kStart = {.value = 3, .max = 5};

struct ConfigFile {
  const char* name;
  int mode;          // what it can be opened for
  const char* text;  // what can be written
};

const ConfigFile kFiles[] = {
    {"value", O_RDWR, "3"},          {"max", O_RDWR, "5"},
    {"wait", O_RDWR, "2"},           {"trywait", O_RDWR, "2"},
    {"timedwait", O_WRONLY, "1h 2"}, {"post", O_WRONLY, "2"},
    {"waiters", O_RDONLY, ""},       {"order", O_RDWR, "fifo"},
    {"shutdown", O_WRONLY, "1"},     {"undo", O_RDWR, "0"},
    {"mappable", O_RDWR, "1"},       {"fair", O_RDWR, "1"},
    {"record", O_RDWR, "0"},
};

class Faults : public FaultsTest {
 protected:
  // Puts the start's units back.
  void Refill() { EXPECT_EQ(sem_.Set("value", "3"), 0); }

  const Semaphore sem_{kStart};
};

void ExpectNothingOf(const std::string& name) {
  EXPECT_FALSE(Exists(kRoot + name));
  EXPECT_FALSE(Exists(DevicePath(name)));
  EXPECT_FALSE(Exists(ClassPath(name)));
}

void ExpectAllOf(const std::string& name) {
  EXPECT_TRUE(Exists(kRoot + name));
  EXPECT_TRUE(Exists(DevicePath(name)));
  EXPECT_TRUE(Exists(ClassPath(name)));
}

// A short name is in the item itself, a long one is allocated.
class Names : public FaultsTest,
              public testing::WithParamInterface<std::string> {
 protected:
  const Semaphore sem_ = Semaphore::Named(GetParam());
};

TEST_P(Names, Mkdir) {
  const std::string path = sem_.path();
  Walk([&] { return MakeDir(path); },
       [&](Errno error) {
         if (error) return ExpectNothingOf(sem_.name());
         ExpectAllOf(sem_.name());
         EXPECT_EQ(sem_.Remove(), 0);
       });
}

TEST_P(Names, Rmdir) {
  const std::string path = sem_.path();
  ASSERT_EQ(MakeDir(path), 0);
  Walk([&] { return RemoveDir(path); },
       [&](Errno error) {
         if (error) return ExpectAllOf(sem_.name());
         ExpectNothingOf(sem_.name());
         ASSERT_EQ(MakeDir(path), 0);
       });
  EXPECT_EQ(sem_.Remove(), 0);
}

TEST_P(Names, CreateInTheKernel) {
  LoadKernelUser();
  const std::string user = KernelUserPath(GetParam());
  Walk([&] { return MakeDir(user); },
       [&](Errno error) {
         // The directory of one that is given up may still be on its way.
         if (error) {
           EXPECT_TRUE(Eventually([&] { return !Exists(sem_.path()); }));
           return ExpectNothingOf(sem_.name());
         }
         ExpectAllOf(sem_.name());
         sem_.Expect({.value = 3, .max = 10});
         EXPECT_EQ(RemoveDir(user), 0);
       });
}

TEST_P(Names, GetInTheKernel) {
  LoadKernelUser();
  ASSERT_EQ(MakeDir(sem_.path()), 0);
  const std::string user = KernelUserPath(GetParam());
  Walk([&] { return MakeDir(user); },
       [&](Errno error) {
         sem_.Expect({});
         if (!error) {
           EXPECT_EQ(RemoveDir(user), 0);
         }
       });
  EXPECT_EQ(sem_.Remove(), 0) << "somebody still holds it";
}

INSTANTIATE_TEST_SUITE_P(Faults, Names,
                         testing::Values("short",
                                         "long-" + std::string(200, 'n')),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('-'));
                         });

TEST_F(Faults, Open) {
  std::vector<std::pair<std::string, int>> files = {
      {DevicePath(sem_.name()), O_RDWR}};
  for (const ConfigFile& file : kFiles) {
    files.emplace_back(sem_.path(file.name), file.mode);
  }
  for (const char* name : {"value", "waiters", "acquired"}) {
    files.emplace_back(ClassPath(sem_.name(), name), O_RDONLY);
  }
  for (const auto& [path, mode] : files) {
    SCOPED_TRACE(path);
    Walk([&] { return File(path, mode).error(); },
         [&](Errno) { sem_.Expect(kStart); });
  }
}

// Each time of a semaphore that has no page yet.
TEST_F(Faults, MmapAndTheFirstTouch) {
  auto sem = std::make_unique<Semaphore>(kStart);
  auto handle = std::make_unique<Handle>(*sem);
  const size_t size = getpagesize();
  Walk(
      [&]() -> Errno {
        void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                          handle->fd(), 0);
        if (page == MAP_FAILED) return errno;
        const auto version = static_cast<volatile ksem_page*>(page)->version;
        // If a fault meets it, it is still to be done.
        while (munmap(page, size)) {
        }
        return version == KSEM_PAGE_VERSION ? 0 : EPROTO;
      },
      [&](Errno) {
        handle->Expect(kStart);
        Page page(*handle);
        EXPECT_TRUE(page.TakeFast(2));
        handle->Expect({.value = 1, .max = 5});
        handle.reset();
        sem = std::make_unique<Semaphore>(kStart);
        handle = std::make_unique<Handle>(*sem);
      });
}

// A request that takes units; they are taken, too, if only telling failed.
struct Taking {
  const char* name;
  unsigned long command;
  unsigned flags;
  unsigned units;  // of one that is there
};

class Requests : public Faults, public testing::WithParamInterface<Taking> {
 protected:
  void SetUp() override {
    Faults::SetUp();
    if (IsSkipped()) return;
    ops_ = {Take(handle_, GetParam().units)};
    limit_ = {.flags = GetParam().flags};
    if (limit_.flags & KSEM_WAIT_TIMEOUT) {
      limit_.clock = CLOCK_MONOTONIC;
      limit_.timeout = 1'000'000;
    }
  }

  Errno Make() {
    ksem_ioc_wait wait = {.units = GetParam().units,
                          .flags = limit_.flags,
                          .timeout = limit_.timeout,
                          .clock = limit_.clock};
    ksem_ioc_multi multi = {.ops = reinterpret_cast<uintptr_t>(ops_.data()),
                            .nr = 1,
                            .flags = limit_.flags,
                            .timeout = limit_.timeout,
                            .clock = limit_.clock,
                            .op_size = sizeof(ksem_ioc_op)};
    const bool several = GetParam().command != KSEM_IOC_WAIT;
    return handle_.Request(GetParam().command,
                           several ? static_cast<void*>(&multi) : &wait);
  }

  // What a fault in it may leave: nothing, or all if it could not be told.
  void Check(Errno error) {
    const unsigned undo = handle_.Info().undo;
    const unsigned taken = error == EFAULT ? undo
                           : error         ? 0
                                           : GetParam().units;
    EXPECT_TRUE(taken == 0 || taken == GetParam().units) << taken;
    handle_.Expect({.value = 3 - taken, .max = 5}, {.undo = taken});
    told_badly_ = told_badly_ || (error == EFAULT && taken);
    EXPECT_EQ(
        handle_.Request(KSEM_IOC_POST, &(give_ = {taken, KSEM_POST_UNDO})),
        taken ? 0 : EINVAL);
    handle_.Expect(kStart);
  }

  const Handle handle_{sem_};
  std::vector<ksem_ioc_op> ops_;
  ksem_ioc_post give_;
  ksem_ioc_multi limit_;
  bool told_badly_ = false;
};

TEST_P(Requests, Taking) {
  const bool there = GetParam().units <= 3;
  const bool nowait = GetParam().flags & KSEM_WAIT_NOWAIT;
  Walk([&] { return Make(); }, [&](Errno error) { Check(error); },
       there    ? 0
       : nowait ? EAGAIN
                : ETIMEDOUT);
  // They tell by put_user(), which meets no fault: see UnitsThatCannotBeTold.
  EXPECT_FALSE(told_badly_);
}

constexpr unsigned kUndo = KSEM_WAIT_UNDO;
const Taking kTaking[] = {
    {"Wait", KSEM_IOC_WAIT, kUndo, 2},
    {"WaitNoWait", KSEM_IOC_WAIT, kUndo | KSEM_WAIT_NOWAIT, 4},
    {"WaitTimeout", KSEM_IOC_WAIT, kUndo | KSEM_WAIT_TIMEOUT, 4},
    {"Any", KSEM_IOC_ANY, kUndo, 2},
    {"AnyNoWait", KSEM_IOC_ANY, kUndo | KSEM_WAIT_NOWAIT, 4},
    {"AnyTimeout", KSEM_IOC_ANY, kUndo | KSEM_WAIT_TIMEOUT, 4},
    {"All", KSEM_IOC_ALL, kUndo, 2},
    {"AllNoWait", KSEM_IOC_ALL, kUndo | KSEM_WAIT_NOWAIT, 4},
    {"AllTimeout", KSEM_IOC_ALL, kUndo | KSEM_WAIT_TIMEOUT, 4},
};

INSTANTIATE_TEST_SUITE_P(Faults, Requests, testing::ValuesIn(kTaking),
                         [](const auto& info) { return info.param.name; });

// So that is seen by an address that can be read only.
template <typename Structure>
Errno RequestReadOnly(const Handle& handle, unsigned long command,
                      const Structure& structure) {
  void* page = mmap(nullptr, getpagesize(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, &structure, sizeof(structure));
  EXPECT_EQ(mprotect(page, getpagesize(), PROT_READ), 0);
  const Errno error = handle.Request(command, page);
  munmap(page, getpagesize());
  return error;
}

TEST(UnitsThatCannotBeTold, AreTakenAllTheSame) {
  for (const unsigned long command :
       {KSEM_IOC_WAIT, KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    const Semaphore sem(kStart);
    const Handle handle(sem);
    const ksem_ioc_wait wait = {.units = 2, .flags = KSEM_WAIT_UNDO};
    const ksem_ioc_op op = Take(handle, 2);
    const ksem_ioc_multi multi = {.ops = reinterpret_cast<uintptr_t>(&op),
                                  .nr = 1,
                                  .flags = KSEM_WAIT_UNDO,
                                  .op_size = sizeof(op)};
    EXPECT_EQ(command == KSEM_IOC_WAIT
                  ? RequestReadOnly(handle, command, wait)
                  : RequestReadOnly(handle, command, multi),
              EFAULT);
    handle.Expect({.value = 1, .max = 5}, {.undo = 2});
  }
}

// Somebody posts whenever somebody waits, so the waiters are served.
TEST_F(Faults, AWaitThatIsServed) {
  Handle handle(sem_);
  ASSERT_EQ(sem_.Set("value", "0"), 0);
  Process poster([&]() -> Errno {
    for (;;) {
      if (handle.Info().waiters) handle.Post();
      usleep(100);
    }
  });
  for (unsigned long command : {KSEM_IOC_WAIT, KSEM_IOC_ANY, KSEM_IOC_ALL}) {
    ksem_ioc_op op = Take(handle);
    ksem_ioc_wait wait;
    ksem_ioc_multi multi;
    Walk(
        [&] {
          wait = {.units = 1, .flags = KSEM_WAIT_UNDO};
          multi = {.ops = reinterpret_cast<uintptr_t>(&op),
                   .nr = 1,
                   .flags = KSEM_WAIT_UNDO,
                   .op_size = sizeof(op)};
          return handle.Request(command, command == KSEM_IOC_WAIT
                                             ? static_cast<void*>(&wait)
                                             : &multi);
        },
        [&](Errno error) {
          const unsigned held = handle.Info().undo;
          EXPECT_TRUE(error == 0 ? held == 1 : held <= (error == EFAULT));
          // More than was asked for can have come from the poster: up to max,
          // so that there would be no room for what is given back.
          EXPECT_EQ(sem_.Set("value", "0"), 0);
          ksem_ioc_post give = {.units = 1, .flags = KSEM_POST_UNDO};
          if (held) {
            EXPECT_EQ(handle.Post(give), 0);
          }
          EXPECT_EQ(sem_.Set("value", "0"), 0);
        });
  }
}

TEST_F(Faults, Posting) {
  Handle handle(sem_);
  ksem_ioc_post post = {.units = 2};
  Walk([&] { return handle.Request(KSEM_IOC_POST, &post); },
       [&](Errno error) {
         handle.Expect({.value = error ? 3u : 5u, .max = 5});
         Refill();
       });
}

// These fetch and copy nothing, so they can meet no fault.
TEST_F(Faults, TakeAndGiveMeetNone) {
  Handle handle(sem_);
  bool met;
  EXPECT_EQ(
      injector_.Run(
          [&]() -> Errno {
            if (Errno error = Errno::Of(ioctl(handle.fd(), KSEM_IOC_TAKE, 2)))
              return error;
            return Errno::Of(ioctl(handle.fd(), KSEM_IOC_GIVE, 1));
          },
          1, &met),
      0);
  EXPECT_FALSE(met);
  handle.Expect({.value = 2, .max = 5});
}

TEST_F(Faults, Info) {
  Handle handle(sem_);
  struct {
    ksem_ioc_info info;
    __u64 unknown[4];
  } longer;
  const unsigned long commands[] = {KSEM_IOC_INFO,
                                    WithSize(KSEM_IOC_INFO, sizeof(longer))};
  for (unsigned long command : commands) {
    Walk([&] { return handle.Request(command, &longer); },
         [&](Errno) { handle.Expect(kStart); });
  }
}

TEST_F(Faults, TextOfTheDevice) {
  Handle handle(sem_);
  char buffer[8];
  int lost = 0;
  Walk([&] { return Errno::Of(read(handle.fd(), buffer, sizeof(buffer))); },
       [&](Errno error) {
         // A reader with a bad address has the unit all the same.
         EXPECT_NE(error, ENOMEM);
         lost += error == EFAULT;
         handle.Expect({.value = 2, .max = 5});
         Refill();
       });
  EXPECT_EQ(lost, 1);
  Walk([&] { return Errno::Of(write(handle.fd(), "2\n", 2)); },
       [&](Errno error) {
         handle.Expect({.value = error ? 3u : 5u, .max = 5});
         Refill();
       });
}

// A unit that could not be handed out is kept for the next read of that file.
TEST_F(Faults, ReadingAFile) {
  for (const ConfigFile& config : kFiles) {
    if (config.mode == O_WRONLY) continue;
    SCOPED_TRACE(config.name);
    const bool takes = std::string(config.name).ends_with("wait");
    const std::string path = sem_.path(config.name);
    auto file = std::make_unique<File>(path, O_RDONLY);
    char buffer[16];
    Walk([&] { return Errno::Of(read(file->fd(), buffer, sizeof(buffer))); },
         [&](Errno error) {
           const bool taken = takes && (!error || sem_.state().value == 2);
           EXPECT_FALSE(taken && error == ENOMEM);
           sem_.Expect({.value = taken ? 2u : 3u, .max = 5});
           std::string text;
           if (taken && error) {
             EXPECT_EQ(file->ReadAt(&text, 0), 0);
             EXPECT_EQ(text, "1\n");
             sem_.Expect({.value = 2, .max = 5});
           }
           Refill();
           file = std::make_unique<File>(path, O_RDONLY);
         });
  }
}

TEST_F(Faults, WritingAFile) {
  for (const ConfigFile& config : kFiles) {
    if (config.mode == O_RDONLY) continue;
    SCOPED_TRACE(config.name);
    auto sem = std::make_unique<Semaphore>(kStart);
    const std::string name = config.name;
    const std::string text = config.text;
    const unsigned after = name.ends_with("wait") ? 1 : name == "post" ? 5 : 3;
    auto file = std::make_unique<File>(sem->path(name), O_WRONLY);
    Walk([&] { return file->Write(text); },
         [&](Errno error) {
           sem->Expect({.value = error ? 3 : after, .max = 5});
           const bool shut = sem->Set("value", "3") == EIDRM;
           EXPECT_EQ(shut, !error && name == "shutdown");
           sem->Set("value", "3");
           // The buffer that configfs allocates is kept while it is open.
           file.reset();
           if (shut) sem = std::make_unique<Semaphore>(kStart);
           file = std::make_unique<File>(sem->path(name), O_WRONLY);
         });
    file.reset();
  }
}

TEST_F(Faults, TheClassFiles) {
  Handle handle(sem_);
  for (const char* name :
       {"value", "max", "waiters", "acquired", "wait_ns_max"}) {
    const std::string path = ClassPath(sem_.name(), name);
    char buffer[32];
    Walk(
        [&] {
          File file(path, O_RDONLY);
          if (file.error()) return file.error();
          return Errno::Of(read(file.fd(), buffer, sizeof(buffer)));
        },
        [&](Errno) { handle.Expect(kStart); });
  }
}

TEST_F(Faults, Poll) {
  Handle handle(sem_);
  Walk(
      [&] {
        // More than poll() keeps on its stack.
        pollfd fds[64];
        for (pollfd& fd : fds) fd = {.fd = handle.fd(), .events = POLLIN};
        return Errno::Of(poll(fds, std::size(fds), 0));
      },
      [&](Errno) { handle.Expect(kStart); });
}

TEST_F(Faults, Epoll) {
  Handle handle(sem_);
  Walk(
      [&]() -> Errno {
        const int fd = epoll_create1(EPOLL_CLOEXEC);
        if (fd < 0) return errno;
        epoll_event event = {.events = EPOLLIN};
        Errno error =
            Errno::Of(epoll_ctl(fd, EPOLL_CTL_ADD, handle.fd(), &event));
        if (!error) {
          const int ready = epoll_wait(fd, &event, 1, 0);
          error = ready == 1 ? Errno(0) : ready == 0 ? Errno(EPROTO) : errno;
        }
        close(fd);
        return error;
      },
      [&](Errno) { handle.Expect(kStart); });
}

// From the end towards the start, as far as it is our code that runs, which
// kcov tells: what fails before that, as in the tracer's preparations, is not
// ours, and warned of by the kernel.
TEST_F(FaultsTest, LoadingTheModule) {
  Kcov kcov;
  if (!kcov.available()) GTEST_SKIP() << "this kernel has no kcov";
  // Pages come and go with what was freed before, so they can't be counted.
  ASSERT_EQ(WriteFile("/sys/kernel/debug/fail_page_alloc/min-order", "11"), 0);
  // Only from caches that the machine was started to let fail: see BUILD.
  ASSERT_EQ(WriteFile("/sys/kernel/debug/failslab/cache-filter", "Y"), 0);
  const auto load = [] { return LoadModule("ksem"); };
  const auto unload = [] { ASSERT_EQ(UnloadModule("ksem"), 0); };
  if (Exists("/sys/module/ksem_test")) {
    ASSERT_EQ(UnloadModule("ksem_test"), 0);
  }
  unload();
  const int all = injector_.Count(load);
  int failed = 0;
  for (int n = all; n > 0; n--) {
    std::set<uint64_t> edges;
    bool met;
    if (Exists("/sys/module/ksem")) unload();
    kcov.Start();
    const Errno error = injector_.Run(load, n, &met);
    kcov.Stop();
    kcov.AddEdges(&edges);
    if (edges.empty()) break;
    failed += bool{error};
    EXPECT_TRUE(error == 0 || error == ENOMEM) << error;
    EXPECT_EQ(Exists("/sys/module/ksem"), !error);
    EXPECT_EQ(Exists(kRoot), !error);
    EXPECT_EQ(Exists("/sys/class/ksem"), !error);
  }
  EXPECT_GT(failed, 5);
  Survived("", failed);
  if (!Exists("/sys/module/ksem")) {
    EXPECT_EQ(load(), 0);
  }
  Semaphore sem;
  EXPECT_EQ(sem.Post(), 0);
}

}  // namespace
}  // namespace ksem_test

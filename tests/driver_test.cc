// SPDX-License-Identifier: MIT
// What a driver does besides waiting and posting: it comes by a semaphore in
// each of the ways there are, learns of names, and makes mistakes. The modules
// are ksem_driver, with a platform driver, and ksem_test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

// For a parameter; a write of no bytes is none.
constexpr char kNothing[] = "\n";

// The kernel is about to warn with this text; tools/vm/faults.sh looks.
void ExpectWarning(const std::string& text) {
  EXPECT_EQ(WriteFile("/dev/kmsg", "vm: expect: " + text + "\n"), 0);
}

std::string FdInfo(const File& file) {
  return ReadOrFail("/proc/self/fdinfo/" + std::to_string(file.fd()));
}

// The lines of fdinfo about the modules that have to do with it.
std::string Modules(const File& file) {
  const std::string info = FdInfo(file);
  const size_t begin =
      std::min(info.find("ksem-maker:"), info.find("ksem-holder:"));
  return begin == std::string::npos ? "" : info.substr(begin);
}

// The module ksem_driver, whose device needs a semaphore.
class Driver {
 public:
  explicit Driver(const std::string& name) {
    EXPECT_EQ(LoadModule("ksem_driver", "name=" + name), 0);
  }
  ~Driver() { EXPECT_EQ(Unload(), 0); }

  bool bound() const { return Get("bound") == "Y\n"; }
  Errno Unbind() const {
    return WriteFile("/sys/bus/platform/drivers/ksem_driver/unbind",
                     "ksem_driver");
  }
  Errno Set(const std::string& parameter, const std::string& text) const {
    return WriteFile(path(parameter), text);
  }
  std::string Get(const std::string& parameter) const {
    return ReadOrFail(path(parameter));
  }
  Errno Unload() {
    if (unloaded_) return 0;
    unloaded_ = true;
    return UnloadModule("ksem_driver");
  }

 private:
  static std::string path(const std::string& parameter) {
    return "/sys/module/ksem_driver/parameters/" + parameter;
  }
  bool unloaded_ = false;
};

// devm_ksem_get()

TEST(Probe, GetsWhatIsThere) {
  Semaphore sem;
  const Driver driver(sem.name());
  EXPECT_TRUE(driver.bound());
  EXPECT_EQ(sem.Remove(), EBUSY);
  EXPECT_EQ(driver.Unbind(), 0);
  EXPECT_EQ(sem.Remove(), 0);
}

TEST(Probe, IsDeferredUntilMkdir) {
  const Semaphore sem = Semaphore::Named(UniqueName());
  for (int i = 0; i < 5; i++) {
    const Driver driver(sem.name());
    EXPECT_FALSE(driver.bound());
    { const Semaphore another; }
    EXPECT_FALSE(driver.bound());
    ASSERT_EQ(MakeDir(sem.path()), 0);
    ASSERT_TRUE(Eventually([&] { return driver.bound(); }));
    EXPECT_EQ(sem.Remove(), EBUSY);
    // The module's notifier holds it for a moment, maybe later than that.
    EXPECT_TRUE(Eventually([&] {
      return driver.Get("events").find("+" + sem.name() + " ") !=
             std::string::npos;
    }));
    EXPECT_EQ(driver.Unbind(), 0);
    EXPECT_EQ(sem.Remove(), 0);
  }
}

TEST(Probe, IsDeferredUntilAModuleMakesIt) {
  LoadKernelUser();
  const std::string name = UniqueName();
  const Driver driver(name);
  EXPECT_FALSE(driver.bound());
  KernelUser maker(name);
  EXPECT_TRUE(Eventually([&] { return driver.bound(); }));
  EXPECT_EQ(maker.Release(), 0);
  EXPECT_TRUE(driver.bound());
}

TEST(Probe, ItsEndLetsGoForItselfOnly) {
  LoadKernelUser();
  Semaphore sem;
  const KernelUser user(sem.name());
  const Handle handle(sem);
  const Driver driver(sem.name());
  EXPECT_EQ(Modules(handle),
            "ksem-holder:\tksem_test 1\nksem-holder:\tksem_driver 1\n");
  EXPECT_EQ(driver.Unbind(), 0);
  EXPECT_EQ(Modules(handle), "ksem-holder:\tksem_test 1\n");
}

// ksem_get_or_create()

TEST(GetOrCreate, ThreadsThatRaceShareOne) {
  constexpr int kThreads = 4, kRounds = 30;
  const Driver driver("-");
  EXPECT_EQ(driver.Set("or_create", std::to_string(kRounds)), 0);
  EXPECT_EQ(driver.Get("or_create"), std::to_string(kThreads * kRounds) + "\n");
}

TEST(GetOrCreate, EndsWithTheLastPut) {
  const std::string name = UniqueName();
  const Driver driver("-");
  EXPECT_EQ(driver.Set("hold", name), 0);
  Semaphore sem = Semaphore::Named(name);
  sem.Expect({.max = 1});
  EXPECT_EQ(sem.Remove(), EPERM);
  Process waiter = StartWaiter(sem);
  EXPECT_EQ(driver.Set("hold", kNothing), 0);
  EXPECT_EQ(waiter.Result(), EIDRM);
  EXPECT_FALSE(Exists(sem.path()));
}

TEST(GetOrCreate, GetsOneOfMkdir) {
  Semaphore sem({.value = 2, .max = 2});
  const Driver driver("-");
  EXPECT_EQ(driver.Set("hold", sem.name()), 0);
  EXPECT_EQ(sem.Remove(), EBUSY);
  EXPECT_EQ(driver.Set("hold", kNothing), 0);
  sem.Expect({.value = 2, .max = 2});
}

TEST(GetOrCreate, SaysABadName) {
  const Driver driver("-");
  for (const char* name : {".", "..", "a/b", "a!b", ".control"})
    EXPECT_EQ(driver.Set("bad_name", name), EINVAL) << name;
  EXPECT_EQ(driver.Set("bad_name", std::string(256, 'n')), ENAMETOOLONG);
}

// ksem_get_fd()

class GetFd : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }

  Errno PostBy(const File& file) const {
    return user_.Call("get_fd", file.fd());
  }

  const Semaphore users_;
  const KernelUser user_{users_.name()};
  Semaphore sem_;
};

TEST_F(GetFd, IsTheSemaphoreOfTheHandle) {
  const Handle handle(sem_);
  EXPECT_EQ(PostBy(handle), 0);
  sem_.Expect({.value = 1});
  users_.Expect({});
}

TEST_F(GetFd, WantsAHandleForReadingAndWriting) {
  EXPECT_EQ(PostBy(Handle(sem_, O_RDONLY)), EBADF);
  EXPECT_EQ(PostBy(Handle(sem_, O_WRONLY)), EBADF);
  EXPECT_EQ(user_.Call("get_fd", 1000), EBADF);
  EXPECT_EQ(PostBy(File("/dev/null", O_RDWR)), EINVAL);
  EXPECT_EQ(PostBy(File(sem_.path("value"), O_RDWR)), EINVAL);
  EXPECT_EQ(PostBy(File("/dev/ksem/.control", O_RDWR)), EINVAL);
  sem_.Expect({});
}

TEST_F(GetFd, NeedsNoName) {
  const Handle handle(sem_);
  EXPECT_EQ(sem_.Remove(), 0);
  EXPECT_EQ(PostBy(handle), 0);
  handle.ExpectWithoutFiles({.value = 1});
}

// The handle is there before mkdir returns, and until after rmdir.
TEST_F(GetFd, WhileMkdirAndRmdirAreUnderWay) {
  const std::string name = UniqueName();
  Process maker([&]() -> Errno {
    const Semaphore sem = Semaphore::Named(name);
    for (int i = 0; i < 50; i++) {
      if (const Errno error = MakeDir(sem.path())) return error;
      Errno error = 0;
      while ((error = sem.Remove()) == EBUSY) {
      }
      if (error) return error;
    }
    return 0;
  });
  while (!maker.ended()) {
    const File handle(DevicePath(name), O_RDWR);
    if (handle.error()) continue;
    EXPECT_EQ(PostBy(handle), 0);
  }
  EXPECT_EQ(maker.Result(), 0);
}

TEST_F(GetFd, AfterTheEndOfASharedOne) {
  const std::string name = UniqueName();
  const Driver driver("-");
  EXPECT_EQ(driver.Set("hold", name), 0);
  const Handle handle(Semaphore::Named(name));
  EXPECT_EQ(driver.Set("hold", kNothing), 0);
  for (int i = 0; i < 3; i++) EXPECT_EQ(PostBy(handle), EIDRM);
}

// /proc/PID/fdinfo

TEST(FdInfo, SaysWhatItIsAndWhatComesBack) {
  const Semaphore sem({.value = 5});
  const Handle handle(sem);
  EXPECT_EQ(handle.Wait({.units = 2, .flags = KSEM_WAIT_UNDO}), 0);
  const std::string info = FdInfo(handle);
  EXPECT_NE(info.find("ksem-name:\t" + sem.name() + "\nksem-id:\t" +
                      std::to_string(handle.Info().id) + "\nksem-handle:\t"),
            std::string::npos)
      << info;
  EXPECT_NE(info.find("\nksem-undo:\t2\n"), std::string::npos) << info;
  EXPECT_EQ(Modules(handle), "");
}

// So that a handle which several processes share counts once.
TEST(FdInfo, TellsHandlesApart) {
  const Semaphore sem;
  const auto number = [](int fd) {
    const std::string info =
        ReadOrFail("/proc/self/fdinfo/" + std::to_string(fd));
    const size_t at = info.find("ksem-handle:\t");
    return info.substr(at, info.find('\n', at) - at);
  };
  const Handle handle(sem), other(sem);
  const int again = dup(handle.fd());
  EXPECT_NE(number(handle.fd()), number(other.fd()));
  EXPECT_EQ(number(handle.fd()), number(again));
  close(again);
}

TEST(FdInfo, SaysWhichModuleHasIt) {
  LoadKernelUser();
  const std::string name = UniqueName();
  const KernelUser maker(name);
  const Handle handle(Semaphore::Named(name));
  EXPECT_EQ(Modules(handle), "ksem-maker:\tksem_test\n");
  Driver driver(name);
  EXPECT_EQ(driver.Set("hold", name), 0);
  EXPECT_EQ(Modules(handle),
            "ksem-maker:\tksem_test\nksem-holder:\tksem_driver 2\n");
  EXPECT_EQ(driver.Unload(), 0);
  EXPECT_EQ(Modules(handle), "ksem-maker:\tksem_test\n");
}

// Notifiers

TEST(Notifier, IsToldOfEachNameInOrder) {
  LoadKernelUser();
  const Driver driver("-");
  const std::string a = UniqueName(), b = UniqueName();
  const Semaphore sem = Semaphore::Named(a);
  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(driver.Set("events", "none"), 0);
    EXPECT_EQ(MakeDir(sem.path()), 0);
    EXPECT_TRUE(
        Eventually([&] { return driver.Get("events") == "+" + a + " \n"; }));
    Errno error = 0;
    EXPECT_TRUE(Eventually([&] { return (error = sem.Remove()) != EBUSY; }));
    EXPECT_EQ(error, 0);
    {
      const KernelUser maker(b);
      EXPECT_TRUE(Eventually([&] {
        return driver.Get("events") == "+" + a + " -" + a + " +" + b + " \n";
      })) << driver.Get("events");
    }
    EXPECT_TRUE(Eventually([&] {
      return driver.Get("events").ends_with("+" + b + " -" + b + " \n");
    })) << driver.Get("events");
  }
}

// A directory of that name can be made as soon as the module's has gone.
TEST(Notifier, IsToldOfTheEndBeforeTheNextBeginning) {
  LoadKernelUser();
  const Driver driver("-");
  const Semaphore sem = Semaphore::Named(UniqueName());
  const std::string came = "+" + sem.name(), gone = "-" + sem.name();
  for (int round = 0; round < 60; round++) {
    EXPECT_EQ(driver.Set("events", "none"), 0);
    auto maker = std::make_unique<KernelUser>(sem.name());
    Process next([&] {
      for (;;) {
        const Errno error = MakeDir(sem.path());
        if (error != EEXIST) return error;
      }
    });
    maker.reset();
    EXPECT_EQ(next.Result(), 0);
    Errno error = 0;
    EXPECT_TRUE(Eventually([&] { return (error = sem.Remove()) != EBUSY; }));
    EXPECT_EQ(error, 0);
    // Whether the notifier could still get it differs.
    std::string told;
    EXPECT_TRUE(Eventually([&] {
      told = driver.Get("events");
      std::replace(told.begin(), told.end(), '?', '+');
      return std::count(told.begin(), told.end(), ' ') == 4;
    })) << told;
    EXPECT_EQ(told, came + " " + gone + " " + came + " " + gone + " \n");
  }
}

// cleanup.h

TEST(Scopes, GiveBackAndLetGo) {
  const Driver driver("-");
  EXPECT_EQ(driver.Get("scopes"), "1\n");
}

// Mistakes, which change nothing but the log

class Mistake : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }
};

TEST_F(Mistake, NullAndErrorsAreNone) {
  const Semaphore sem;
  EXPECT_EQ(KernelUser(sem.name()).Call("mistake", 3), 0);
}

TEST_F(Mistake, DestroyOfOneThatMkdirMade) {
  const Semaphore sem({.value = 1});
  const KernelUser user(sem.name());
  ExpectWarning("ksem_destroy(" + sem.name() +
                ") by ksem_test: mkdir made it: ksem_get() goes with "
                "ksem_put()");
  EXPECT_EQ(user.Call("mistake", 0), 0);
  sem.Expect({.value = 1});
}

TEST_F(Mistake, DestroyOfAnotherModules) {
  const std::string name = UniqueName();
  const KernelUser maker(name);
  const Driver driver("-");
  ExpectWarning("ksem_destroy(" + name +
                ") by ksem_driver: another module made it: ksem_get() goes "
                "with ksem_put()");
  EXPECT_EQ(driver.Set("mistake", name), 0);
  Semaphore::Named(name).Expect({.value = 3, .max = 10});
}

TEST_F(Mistake, DestroyOfAShared) {
  const Semaphore sem;
  ExpectWarning(
      "ksem_destroy(mistake) by ksem_test: ksem_get_or_create() made it: it "
      "goes with ksem_put()");
  EXPECT_EQ(KernelUser(sem.name()).Call("mistake", 1), 0);
  EXPECT_FALSE(Exists(std::string(kRoot) + "mistake"));
}

TEST_F(Mistake, DestroyTwice) {
  const Semaphore sem;
  ExpectWarning(
      "ksem_destroy(mistake) by ksem_test: it has been destroyed already");
  EXPECT_EQ(KernelUser(sem.name()).Call("mistake", 2), 0);
}

TEST_F(Mistake, PutForDestroy) {
  const std::string name = UniqueName();
  const std::string text =
      "ksem_put(" + name +
      ") by ksem_test: it hasn't got it: ksem_create() goes with "
      "ksem_destroy()";
  const KernelUser maker(name);
  ExpectWarning(text);
  EXPECT_EQ(maker.Call("mistake", 0), 0);
  // Nor does it let go for another module.
  const Driver driver(name);
  const Handle handle(Semaphore::Named(name));
  ExpectWarning(text);
  EXPECT_EQ(maker.Call("mistake", 0), 0);
  EXPECT_EQ(Modules(handle),
            "ksem-maker:\tksem_test\nksem-holder:\tksem_driver 1\n");
}

TEST(Configure, ChangesSeveralSettingsOrNone) {
  LoadKernelUser();
  const Semaphore sem;
  KernelUser user(sem.name());
  constexpr int kAll =
      KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_ORDER | KSEM_SET_FAIR;
  EXPECT_EQ(user.Call("configure", KSEM_SET_VALUE | KSEM_SET_UNDO), EINVAL);
  sem.Expect({});
  EXPECT_EQ(user.Call("configure", kAll), 0);
  sem.Expect({.value = 4, .max = 5, .order = "priority"});
  EXPECT_EQ(ReadOrFail(sem.path("fair")), "0\n");
  EXPECT_EQ(sem.Set("value", "5"), 0);
  EXPECT_EQ(sem.Set("max", "9"), 0);
  EXPECT_EQ(user.Call("trywait", 5), 0);
  Process waiter = StartWaiter(sem, [&] { return sem.Wait("6"); });
  EXPECT_EQ(user.Call("configure", KSEM_SET_VALUE | KSEM_SET_MAX), EBUSY);
  EXPECT_EQ(sem.Post("6"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  sem.Expect({.max = 9, .order = "priority"});
}

}  // namespace
}  // namespace ksem_test

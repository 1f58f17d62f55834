// SPDX-License-Identifier: MIT
// The tracepoints: which come when, with which fields.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

const std::string kTracing = "/sys/kernel/tracing/";

class Trace : public testing::Test {
 protected:
  // Once for all: each time, the kernel changes its code.
  static void SetUpTestSuite() {
    if (!Exists(kTracing + "trace")) return;
    // The usual clocks don't quite agree from one CPU to another.
    ASSERT_EQ(WriteFile(kTracing + "trace_clock", "counter"), 0);
    ASSERT_EQ(WriteFile(kTracing + "events/ksem/enable", "1"), 0);
  }
  static void TearDownTestSuite() {
    WriteFile(kTracing + "events/ksem/enable", "0");
  }
  void SetUp() override {
    if (!Exists(kTracing + "trace"))
      GTEST_SKIP() << "no tracing in this kernel";
    ASSERT_EQ(File(kTracing + "trace", O_WRONLY | O_TRUNC).error(), 0);
  }

  // What was traced of the semaphore, without the time and the task.
  std::vector<std::string> Events(const Semaphore& sem) {
    std::vector<std::string> events;
    std::ifstream trace(kTracing + "trace");
    const std::string name = " name=" + sem.name() + " ";
    for (std::string line; std::getline(trace, line);) {
      const size_t event = line.find(": ksem_");
      if (event != std::string::npos && line.find(name) != std::string::npos)
        events.push_back(line.substr(event + 2));
    }
    return events;
  }

  // The same with the name taken out, and each time waited but 0 as TIME.
  std::vector<std::string> Shape(const Semaphore& sem) {
    std::vector<std::string> events = Events(sem);
    const std::regex time("waited_ns=[1-9][0-9]*");
    for (std::string& e : events) {
      e = std::regex_replace(e, time, "waited_ns=TIME");
      const std::string name = " name=" + sem.name();
      e.erase(e.find(name), name.size());
    }
    return events;
  }
};

using Lines = std::vector<std::string>;

TEST_F(Trace, EventsExist) {
  for (const char* event :
       {"ksem_wait", "ksem_acquired", "ksem_post", "ksem_timeout",
        "ksem_interrupted", "ksem_made", "ksem_removed"})
    EXPECT_TRUE(Exists(kTracing + "events/ksem/" + event)) << event;
}

TEST_F(Trace, WithoutContention) {
  Semaphore sem;
  EXPECT_EQ(sem.Post("3"), 0);
  EXPECT_EQ(sem.Wait(), 0);
  EXPECT_EQ(sem.TryWait("2"), 0);
  EXPECT_EQ(Shape(sem),
            (Lines{"ksem_post: units=3", "ksem_acquired: units=1 waited_ns=0",
                   "ksem_acquired: units=2 waited_ns=0"}));
}

TEST_F(Trace, AWaitThatBlocks) {
  Semaphore sem;
  Process waiter = StartWaiter(sem, {.text = "2"});
  EXPECT_EQ(sem.Post("2"), 0);
  EXPECT_EQ(waiter.Result(), 0);
  Lines events = Shape(sem);
  // Post and acquired come from two tasks: in whichever order.
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0], "ksem_wait: units=2");
  std::sort(events.begin(), events.end());
  EXPECT_EQ(events, (Lines{"ksem_acquired: units=2 waited_ns=TIME",
                           "ksem_post: units=2", "ksem_wait: units=2"}));
}

TEST_F(Trace, TheTimeWaited) {
  Semaphore sem;
  Process waiter = StartWaiter(sem);
  usleep(20000);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(waiter.Result(), 0);
  for (const std::string& event : Events(sem)) {
    const size_t at = event.find("waited_ns=");
    if (at == std::string::npos) continue;
    EXPECT_GE(std::stoll(event.substr(at + 10)), 20000000) << event;
  }
}

TEST_F(Trace, Timeout) {
  Semaphore sem;
  EXPECT_EQ(sem.TimedWait("5ms 2"), ETIMEDOUT);
  EXPECT_EQ(Shape(sem), (Lines{"ksem_wait: units=2", "ksem_timeout: units=2"}));
}

TEST_F(Trace, Interrupted) {
  Semaphore sem;
  Process waiter = StartWaiter(sem);
  waiter.Signal(SIGKILL);
  waiter.Join();
  EXPECT_EQ(Shape(sem),
            (Lines{"ksem_wait: units=1", "ksem_interrupted: units=1"}));
}

TEST_F(Trace, FailuresAreNotTraced) {
  Semaphore sem({.value = 1, .max = 2});
  EXPECT_EQ(sem.TryWait("2"), EAGAIN);
  EXPECT_EQ(sem.Post("2"), EOVERFLOW);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(sem.Wait(), EIDRM);
  EXPECT_EQ(sem.Post(), EIDRM);
  EXPECT_EQ(Shape(sem), Lines{});
}

TEST_F(Trace, MakingAndRemoving) {
  Semaphore sem;
  EXPECT_EQ(sem.Remove(), 0);
  Lines events;
  std::ifstream trace(kTracing + "trace");
  for (std::string line; std::getline(trace, line);) {
    if (!line.ends_with(" name=" + sem.name())) continue;
    const size_t event = line.find(": ksem_") + 2;
    events.push_back(line.substr(event, line.find(':', event) - event));
  }
  EXPECT_EQ(events, (Lines{"ksem_made", "ksem_removed"}));
}

TEST_F(Trace, ALongName) {
  Semaphore sem = Semaphore::Named(std::string(255, 'n'));
  ASSERT_EQ(MakeDir(sem.path()), 0);
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Shape(sem), Lines{"ksem_post: units=1"});
  EXPECT_EQ(sem.Remove(), 0);
}

}  // namespace
}  // namespace ksem_test

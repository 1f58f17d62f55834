// SPDX-License-Identifier: MIT
#include "tests/harden/faults.h"

#include <cerrno>
#include <iostream>
#include <limits>

namespace ksem_test {
namespace {

constexpr char kFailNth[] = "/proc/thread-self/fail-nth";

// The sum, after the last test.
class Total : public testing::Environment {
 public:
  void TearDown() override {
    std::cout << "faults survived: " << faults << std::endl;
  }
  int faults = 0;
};

Total* const total = static_cast<Total*>(
    testing::AddGlobalTestEnvironment(new Total));  // GoogleTest's

void Set(const std::string& kind, const std::string& file,
         const std::string& text) {
  const std::string path = "/sys/kernel/debug/" + kind + "/" + file;
  EXPECT_EQ(WriteFile(path, text), 0) << path;
}

}  // namespace

void FaultInjector::Arm(int n) {
  EXPECT_EQ(file_.WriteAt(std::to_string(n), 0), 0);
}

// To copy the text out can be the fault: then it was the next one.
int FaultInjector::Left() {
  std::string text;
  const int left = file_.ReadAt(&text, 0) ? 1 : std::stoi(text);
  // So can this, and that is as good.
  (void)file_.WriteAt("0", 0);
  return left;
}

Errno FaultInjector::Run(const std::function<Errno()>& call, int n, bool* met) {
  Arm(n);
  const Errno error = call();
  *met = Left() == 0;
  return error;
}

int FaultInjector::Count(const std::function<Errno()>& call) {
  constexpr int kMany = std::numeric_limits<int>::max();
  Arm(kMany);
  EXPECT_EQ(call(), 0);
  return kMany - Left();
}

void FaultsTest::SetUp() {
  if (!Exists(kFailNth)) GTEST_SKIP() << "this kernel can't inject faults";
  for (const char* kind : {"failslab", "fail_page_alloc", "fail_usercopy"}) {
    Set(kind, "verbose", "0");  // not a stack trace in the log for each
  }
  Set("failslab", "ignore-gfp-wait", "N");
  Set("fail_page_alloc", "ignore-gfp-wait", "N");
  Set("fail_page_alloc", "ignore-gfp-highmem", "N");
  Set("fail_page_alloc", "min-order", "0");
  Set("failslab", "cache-filter", "N");
}

void FaultsTest::Walk(const std::function<Errno()>& call,
                      const std::function<void(Errno)>& check, Errno usual) {
  bool met = true;
  int n = 0;
  while (met) {
    const Errno error = injector_.Run(call, ++n, &met);
    SCOPED_TRACE("fault " + std::to_string(n));
    if (met) {
      EXPECT_TRUE(error == ENOMEM || error == EFAULT || error == usual)
          << error;
    } else {
      EXPECT_EQ(error, usual);
    }
    check(error);
    if (HasFatalFailure() || n > 2000) break;
  }
  EXPECT_GT(n, 1) << "no fault met";
  Survived("", n - 1);
}

void FaultsTest::Survived(const std::string& what, int faults) {
  total->faults += faults;
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::cout << test->name() << (what.empty() ? "" : " " + what) << ": "
            << faults << " faults" << std::endl;
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
#include "tests/support/busy.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/eventually.h"
#include "tests/support/syscalls.h"

namespace ksem_test {
namespace {

// The kernel would let others run for a part of each second.
std::string Throttle(const std::string& value) {
  const char* const file = "/proc/sys/kernel/sched_rt_runtime_us";
  std::string before;
  EXPECT_EQ(ReadFile(file, &before), 0);
  EXPECT_EQ(WriteFile(file, value), 0);
  return before;
}

}  // namespace

Flag::Flag()
    : flag_(static_cast<std::atomic<int>*>(
          mmap(nullptr, getpagesize(), PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}

Flag::~Flag() { munmap(flag_, getpagesize()); }

void RunOn(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ASSERT_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

Busy::Busy(int priority)
    : throttled_(Prepare()), process_([this, priority]() -> Errno {
        RunOn(1);
        SetRealTime(priority);
        running_.Raise();
        while (!end_.raised()) {
        }
        return 0;
      }) {
  EXPECT_TRUE(Eventually([this] { return running_.raised(); }));
}

Busy::~Busy() {
  end_.Raise();
  EXPECT_EQ(process_.Result(), 0);
  Throttle(throttled_);
  sched_setaffinity(0, sizeof(before_), &before_);
}

std::string Busy::Prepare() {
  sched_getaffinity(0, sizeof(before_), &before_);
  RunOn(0);
  return Throttle("-1");
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
#include "tests/harden/race/hotplug.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "tests/support/cpu.h"

namespace ksem_test {

Hotplug::Hotplug(uint64_t seed) {
  thread_ = std::thread([=, this] { Run(seed); });
}

Hotplug::~Hotplug() {
  over_ = true;
  thread_.join();
}

void Hotplug::Run(uint64_t seed) {
  std::mt19937_64 random(seed);
  while (!over_) {
    usleep(random() % 300'000);
    EXPECT_EQ(SetCpuOnline(1, false), 0);
    times_++;
    usleep(random() % 100'000);
    EXPECT_EQ(SetCpuOnline(1, true), 0);
  }
}

}  // namespace ksem_test

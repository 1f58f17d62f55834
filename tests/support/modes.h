// SPDX-License-Identifier: MIT
// Statements that hold for semaphores of "fair" 1 and of "fair" 0.
#ifndef KSEM_TESTS_SUPPORT_MODES_H_
#define KSEM_TESTS_SUPPORT_MODES_H_

#include <gtest/gtest.h>

#include <string>

#include "tests/support/semaphore.h"

namespace ksem_test {

// A suite of TEST_P, with IN_BOTH_MODES(suite).
class BothModes : public testing::TestWithParam<bool> {
 protected:
  BothModes() { Semaphore::MakeFair(GetParam()); }
  ~BothModes() override { Semaphore::MakeFair(true); }
};

inline std::string ModeName(const testing::TestParamInfo<bool>& info) {
  return info.param ? "Fair" : "Unfair";
}

#define IN_BOTH_MODES(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Bool(), ModeName)

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_MODES_H_

// SPDX-License-Identifier: MIT
// The ways in which programs close what they haven't opened, to become daemons
// or before they start others.
#ifndef KSEM_PRELOAD_TESTS_DESCRIPTORS_H_
#define KSEM_PRELOAD_TESTS_DESCRIPTORS_H_

namespace preload_test {

struct Way {
  const char* name;
  // All from 3 on.
  void (*close)();
};

inline constexpr int kWaysNumber = 8;
// The last one is past the C library.
extern const Way kWays[kWaysNumber];

}  // namespace preload_test

#endif  // KSEM_PRELOAD_TESTS_DESCRIPTORS_H_

// SPDX-License-Identifier: MIT
// How long a request waits.
#ifndef KSEM_TESTS_HARDEN_RACE_LIMITS_H_
#define KSEM_TESTS_HARDEN_RACE_LIMITS_H_

#include <cstdint>

namespace ksem_test {

class Racer;

struct Limit {
  unsigned flags = 0;
  int64_t timeout = 0;
  unsigned clock = 0;
};

// Not at all, for a time that a post can just meet, until a moment, or until a
// signal comes.
Limit AnyLimit(Racer& racer);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_LIMITS_H_

// SPDX-License-Identifier: MIT
// Semaphores that are made, filled with nonsense, shut down and removed by
// everybody. Nothing is conserved there.
#ifndef KSEM_TESTS_HARDEN_RACE_WILD_H_
#define KSEM_TESTS_HARDEN_RACE_WILD_H_

#include <string>
#include <vector>

namespace ksem_test {

class Racer;

const std::vector<std::string>& WildNames();
const std::string& AnyWildName(Racer& racer);

// While everybody rests: fails the test if one is left above its ceiling, or
// can't be removed; removes them.
void RemoveWild();

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_WILD_H_

// SPDX-License-Identifier: MIT
// Makes a thread lose its CPU where it doesn't expect it.
#ifndef KSEM_TESTS_HARDEN_RACE_SHAKER_H_
#define KSEM_TESTS_HARDEN_RACE_SHAKER_H_

#include <random>

namespace ksem_test {

// Called before each operation. Mostly does nothing; else the thread yields,
// sleeps, or changes its policy, its priority or its CPUs.
void Shake(std::mt19937_64* random);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_SHAKER_H_

// SPDX-License-Identifier: MIT
// What the workers do, and what the kernel may say to it.
#ifndef KSEM_TESTS_HARDEN_RACE_OPERATIONS_H_
#define KSEM_TESTS_HARDEN_RACE_OPERATIONS_H_

#include <set>
#include <string>
#include <vector>

#include "tests/support/syscalls.h"

namespace ksem_test {

class Racer;

struct Operation {
  std::string name;
  Errno (*run)(Racer& racer);
  std::set<int> errnos;  // and EIDRM after the shutdown
  int weight = 1;
  bool queues = true;
};

// Says an operation that had no units to give: it isn't counted.
inline constexpr int kNothingToDo = -1;
// An answer that is no errno is wrong.
inline constexpr int kWrongAnswer = -2;

std::vector<Operation> FileOperations();
std::vector<Operation> HandleOperations();
std::vector<Operation> MultiOperations();
std::vector<Operation> KernelOperations();
// On semaphores that come and go, where nothing is conserved.
std::vector<Operation> WildOperations();
// For who has a request.
std::vector<Operation> RequestOperations();

const std::vector<Operation>& Operations();

// To choose from: indices of operations, each as often as it weighs.
using Deck = std::vector<int>;
const Deck& Everything();  // but those of requests
const Deck& Requests();

// There are many ways to take and few to give.
inline constexpr int kGiving = 3;

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_RACE_OPERATIONS_H_

// SPDX-License-Identifier: MIT
// The program that the documentation quotes, which is on PATH here.
#include <cstdio>
#include <string>

#include "fsclient/tests/support.h"

namespace ksem {
namespace {

TEST(Example, WorkersTakeTurns) {
  const std::string name = fresh_name();
  const std::string worker = "worker " + name + " 3";
  FILE* const workers =
      popen((worker + " & " + worker + "; e=$?; wait; exit $e").c_str(), "r");
  ASSERT_TRUE(workers);
  int rounds = 0;
  char line[128];
  while (fgets(line, sizeof(line), workers)) {
    rounds += std::string(line).find(": round ") != std::string::npos;
  }
  EXPECT_EQ(pclose(workers), 0);
  EXPECT_EQ(rounds, 6);
  EXPECT_STATE(Semaphore::open(name, options()), .value = 1, .max = 1);
  Semaphore::remove(name);
}

}  // namespace
}  // namespace ksem

// SPDX-License-Identifier: MIT
// The program that the documentation quotes, which is on PATH here.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
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

std::string content(const char* path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

TEST(Example, PoolTellsWhyItCannotWatch) {
  if (!by_handle()) GTEST_SKIP() << "by files";
  const char* const watches = "/proc/sys/fs/epoll/max_user_watches";
  const std::string before = content(watches);
  const std::string name = fresh_name();
  ASSERT_EQ(write_file(watches, "0"), 0);
  FILE* const pool = popen(("timeout 600 pool " + name + " 2>&1").c_str(), "r");
  EXPECT_TRUE(pool);
  char line[128] = "";
  fgets(line, sizeof(line), pool);
  EXPECT_EQ(line, "pool: " + name + ": No space left on device\n");
  EXPECT_EQ(WEXITSTATUS(pclose(pool)), 1);
  EXPECT_EQ(write_file(watches, before), 0);
  Semaphore::remove(name);
}

TEST(Example, PoolRefusesWhatIsNoNumberOfWorkers) {
  const std::string name = fresh_name();
  for (const char* const workers : {"-1", "0", "many"}) {
    const std::string pool = "timeout 600 pool " + name + " " + workers;
    const int status = std::system((pool + " 2>/dev/null").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 2) << workers;
  }
  EXPECT_EQ(errno_of([&] { Semaphore::open(name); }), ENOENT);
}

}  // namespace
}  // namespace ksem

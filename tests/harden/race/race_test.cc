// SPDX-License-Identifier: MIT
// Everything against everything. Threads of several processes do whatever can
// be done to a few semaphores, by all of their doors, while signals interrupt
// them, their processes are killed, and a CPU goes and comes. From time to time
// all of them rest, and units put in = value + units taken.
//
// KSEM_RACE_SECONDS is how long to go on (default: 10 times KSEM_STRESS),
// KSEM_RACE_SEED repeats the choices of a run; how they meet is up to the
// scheduler.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <random>

#include "tests/harden/race/era.h"
#include "tests/harden/race/hotplug.h"
#include "tests/harden/race/operations.h"
#include "tests/support/kernel_user.h"
#include "tests/support/stress.h"

namespace ksem_test {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::duration<double> TimeToRun() {
  const char* seconds = std::getenv("KSEM_RACE_SECONDS");
  return std::chrono::duration<double>(
      seconds ? std::atof(seconds) : static_cast<double>(Scaled(10)));
}

uint64_t Seed() {
  const char* seed = std::getenv("KSEM_RACE_SEED");
  return seed ? std::strtoull(seed, nullptr, 10) : std::random_device()();
}

void Print(const Board& board, const Totals& totals, const Hotplug& hotplug) {
  const std::vector<Operation>& all = Operations();
  long sum = 0;
  std::cout << "      done   refused\n";
  for (size_t i = 0; i < all.size(); i++) {
    const Count& count = board.counts[i];
    std::cout << std::setw(10) << count.done << std::setw(10) << count.refused
              << "  " << all[i].name << "\n";
    sum += count.done + count.refused;
  }
  std::cout << sum << " operations, " << totals.eras << " eras, "
            << totals.checkpoints << " checkpoints, " << totals.kills
            << " processes killed, a CPU gone " << hotplug.times() << " times"
            << std::endl;
}

TEST(Race, EverythingAgainstEverything) {
  LoadKernelUser();
  ASSERT_LE(Operations().size(), static_cast<size_t>(kOperations));
  Board* const board = NewBoard();
  ASSERT_NE(board, nullptr);
  const uint64_t seed = Seed();
  std::cout << "KSEM_RACE_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  const Hotplug hotplug(random());
  Totals totals;
  const auto end = Clock::now() + TimeToRun();
  do {
    Era era(board, &random, &totals);
    era.Run();
  } while (Clock::now() < end && !HasFailure());
  Print(*board, totals, hotplug);
}

}  // namespace
}  // namespace ksem_test

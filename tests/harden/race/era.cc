// SPDX-License-Identifier: MIT
#include "tests/harden/race/era.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/harden/race/gate.h"
#include "tests/harden/race/interrupter.h"
#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"
#include "tests/harden/race/wild.h"

namespace ksem_test {
namespace {

constexpr int kCheckpoints = 3;

Errno Race(const Scene& scene, Board* board, int process, uint64_t seed) {
  const Interrupter interrupter(board, process, seed);
  Doors doors;
  for (int sem = 0; sem < kSemaphores; sem++)
    doors[sem] = std::make_unique<Door>(scene[sem]->semaphore);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++) {
    threads.emplace_back([&, i] {
      Racer(scene, doors, board, process * kThreads + i, seed + i).Run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace

Era::Era(Board* board, std::mt19937_64* random, Totals* totals)
    : board_(board), random_(random), totals_(totals) {
  for (int sem = 0; sem < kSemaphores; sem++) {
    scene_[sem] = std::make_unique<Kept>(
        State{.value = kStart, .max = sem == kTight ? kTightMax : kMax});
    books_.emplace_back(scene_[sem]->semaphore, *board, sem);
  }
}

void Era::Run() {
  board_->closed = board_->over = board_->shut_down = false;
  board_->keeper().Clear();
  for (int i = 0; i < kProcesses; i++) Start(i);
  for (int i = 0; i < kCheckpoints && !testing::Test::HasFailure(); i++) {
    KillForAWhile();
    Checkpoint();
    Refill();
    board_->closed = false;
  }
  usleep(Below(100000));
  // Nobody is killed after it, as nothing would come back.
  board_->shut_down = true;
  for (const auto& kept : scene_) EXPECT_EQ(kept->semaphore.Shutdown(), 0);
  usleep(Below(50000));
  Checkpoint();
  Stop();
  totals_->eras++;
}

void Era::Start(int process) {
  for (int i = 0; i < kThreads; i++) {
    Lane& lane = board_->lanes[process * kThreads + i];
    lane.tid = 0;
    lane.where = Where::kRunning;
    lane.Clear();
  }
  const uint64_t seed = (*random_)();
  processes_[process] = std::make_unique<Process>(
      [&] { return Race(scene_, board_, process, seed); });
}

void Era::Kill(int process) {
  processes_[process]->Signal(SIGKILL);
  EXPECT_EQ(processes_[process]->Join().signal, SIGKILL);
  for (int i = 0; i < kThreads; i++)
    for (Books& books : books_)
      books.Bury(board_->lanes[process * kThreads + i]);
  totals_->kills++;
}

// The first process has requests in the kernel, which live on.
void Era::KillForAWhile() {
  for (int i = 5 + Below(5); i > 0; i--) {
    usleep(Below(150000));
    const int victim = 1 + Below(kProcesses - 1);
    Kill(victim);
    Start(victim);
  }
}

void Era::Checkpoint() {
  std::array<pid_t, kProcesses> pids;
  for (int i = 0; i < kProcesses; i++) pids[i] = processes_[i]->pid();
  CloseGate(board_, scene_, pids);
  for (auto& process : processes_)
    EXPECT_FALSE(process->ended()) << process->Join();
  EXPECT_EQ(Errno(board_->finding), 0)
      << "by " << Operations()[board_->found_by].name;
  for (const Books& books : books_) books.Check();
  RemoveWild();
  totals_->checkpoints++;
}

void Era::Refill() {
  for (int sem = 0; sem < kSemaphores; sem++)
    books_[sem].Refill(sem != kTight && Below(3) == 0 ? kPlenty : kStart);
}

void Era::Stop() {
  board_->over = true;
  board_->closed = false;
  for (auto& process : processes_) {
    EXPECT_EQ(process->Result(), 0);
    process.reset();
  }
}

}  // namespace ksem_test

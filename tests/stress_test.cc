// SPDX-License-Identifier: MIT
// Races. Whatever meets whatever: units put in = units taken out + value, and
// nobody hangs. KSEM_STRESS=N does everything N times as often.
#include "tests/support/stress.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "tests/support/modes.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {
namespace {

// So few that most waits block, and an endless poster is stopped by it.
constexpr unsigned kCeiling = 6;

void ExpectConserved(const Semaphore& sem, const Tally& tally,
                     State expected = {.max = kCeiling}) {
  expected.value = tally.units_in - tally.units_out;
  sem.Expect(expected);
}

void Handle(int signal, int flags) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

class Stress : public BothModes {};
IN_BOTH_MODES(Stress);

TEST_P(Stress, PostersAndWaiters) {
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  for (int i = 0; i < 3; i++) crowd.Start(Scaled(4000), &Worker::Wait);
  for (int i = 0; i < 2; i++) crowd.Start(Scaled(4000), &Worker::TryWait);
  for (int i = 0; i < 3; i++) crowd.StartEndless(&Worker::Post);
  crowd.Finish();
  ExpectConserved(sem, crowd.tally());
}

TEST_P(Stress, PriorityOrder) {
  Semaphore sem({.max = kCeiling, .order = "priority"});
  Crowd crowd(sem);
  for (int priority = 0; priority < 4; priority++) {
    crowd.Start(Scaled(3000), [priority](Worker& w, long i) {
      if (priority && i == 0) SetRealTime(priority);
      return w.Wait(i);
    });
  }
  for (int i = 0; i < 3; i++) crowd.StartEndless(&Worker::Post);
  crowd.Finish();
  ExpectConserved(sem, crowd.tally(), {.max = kCeiling, .order = "priority"});
}

TEST_P(Stress, TimeoutsMeetPosts) {
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  for (int i = 0; i < 4; i++) crowd.Start(Scaled(1000), &Worker::TimedWait);
  crowd.StartEndless([](Worker& w, long i) {
    usleep(i % 100);
    return w.Post(i);
  });
  crowd.Finish();
  EXPECT_GT(crowd.tally().timed_out, 0);
  EXPECT_GT(crowd.tally().units_out, 0);
  ExpectConserved(sem, crowd.tally());
}

// With SA_RESTART a wait goes on, without it ends in EINTR.
class SignalStress : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(By, SignalStress, testing::Values(0, SA_RESTART),
                         [](const auto& info) {
                           return info.param ? "Restart" : "Eintr";
                         });

TEST_P(SignalStress, SignalsMeetPosts) {
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  // Blocked at first, so that none of the processes dies of it.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  for (int worker = 0; worker < 4; worker++) {
    crowd.Start(Scaled(1000), [worker, set](Worker& w, long i) {
      if (i == 0) {
        Handle(SIGUSR1, GetParam());
        sigprocmask(SIG_UNBLOCK, &set, nullptr);
      }
      return worker % 2 ? w.TimedWait(i) : w.Wait(i);
    });
  }
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  crowd.StartEndless([](Worker& w, long i) {
    usleep(i % 50);
    return w.Post(i);
  });
  crowd.Finish([&] {
    for (int round = 0; round < 100; round++)
      for (Process& p : crowd.counted())
        if (!p.ended()) kill(p.pid(), SIGUSR1);
  });
  EXPECT_GT(crowd.tally().interrupted, 0);
  ExpectConserved(sem, crowd.tally());
}

TEST_P(Stress, StopsMeetPosts) {
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  for (int i = 0; i < 2; i++) crowd.Start(Scaled(1000), &Worker::Wait);
  for (int i = 0; i < 2; i++) crowd.Start(Scaled(2000), &Worker::TimedWait);
  crowd.StartEndless(&Worker::Post);
  crowd.Finish([&] {
    for (int signal : {SIGSTOP, SIGCONT})
      for (Process& p : crowd.counted())
        if (!p.ended()) kill(p.pid(), signal);
  });
  ExpectConserved(sem, crowd.tally());
}

// Who is killed may have got up to three units that it never counted.
TEST_P(Stress, KillsMeetPosts) {
  const long kills = Scaled(125);
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  crowd.StartEndless([](Worker& w, long i) {
    usleep(i % 50);
    return w.Post(i);
  });
  for (long i = 0; i < kills; i++) {
    Process victim([&]() -> Errno {
      Worker worker(sem, crowd.tally());
      for (long step = 0;; step++)
        if (const Errno error = worker.Wait(step)) return error;
    });
    usleep(i * 37 % 3000);
    victim.Signal(SIGKILL);
    EXPECT_EQ(victim.Join().signal, SIGKILL);
  }
  crowd.Finish();
  const long lost = crowd.tally().units_in - crowd.tally().units_out -
                    static_cast<long>(sem.state().value);
  EXPECT_GE(lost, 0);
  EXPECT_LE(lost, 3 * kills);
  EXPECT_EQ(sem.waiters(), 0u);
}

TEST_P(Stress, ChangesOfTheCeilingAndTheOrder) {
  Semaphore sem({.max = kCeiling});
  Crowd crowd(sem);
  for (int i = 0; i < 2; i++) crowd.Start(Scaled(4000), &Worker::Wait);
  for (int i = 0; i < 2; i++) crowd.StartEndless(&Worker::Post);
  crowd.StartEndless([&sem](Worker& w, long i) -> Errno {
    w.tally().Count(sem.Set("order", i % 2 ? "fifo" : "priority"));
    w.tally().Count(sem.Set("fair", i % 3 ? "1" : "0"));
    // EINVAL below the value, EBUSY or ERANGE if somebody wants more.
    const Errno error = sem.Set("max", std::to_string(3 + i % 4));
    return error == EINVAL ? 0 : w.tally().Count(error);
  });
  crowd.Finish();
  EXPECT_EQ(sem.Set("order", "fifo"), 0);
  EXPECT_EQ(sem.Set("max", std::to_string(kCeiling)), 0);
  ExpectConserved(sem, crowd.tally());
}

// One removes it and makes it anew, so nothing is conserved; but each call
// ends, with an answer that this explains.
TEST_P(Stress, RemovalMeetsEverything) {
  Semaphore sem;
  Crowd crowd(sem);
  crowd.Start(Scaled(7500), [&sem](Worker& w, long) {
    const Errno error = sem.Remove();
    return w.tally().Count(error ? error : MakeDir(sem.path()));
  });
  crowd.StartEndless(
      [&sem](Worker& w, long) { return w.tally().Count(sem.Post()); });
  crowd.StartEndless([&sem](Worker& w, long) {
    return w.tally().Count(sem.TimedWait("300us 2"));
  });
  crowd.StartEndless([&sem](Worker& w, long) {
    return w.tally().Count(sem.TimedWait("1ms"));
  });
  // By one open file until its semaphore is gone.
  crowd.StartEndless([&sem](Worker& w, long) -> Errno {
    Worker kept(sem, w.tally());
    for (long i = 0; i < 20; i++) {
      const Errno error = kept.TimedWait(i);
      if (error && error != EBADF) return error;
    }
    return 0;
  });
  crowd.Finish();
  if (!Exists(sem.path())) {
    EXPECT_EQ(MakeDir(sem.path()), 0);
  }
}

TEST_P(Stress, ShutdownMeetsEverything) {
  for (long round = 0; round < Scaled(30); round++) {
    Semaphore sem({.max = kCeiling});
    std::vector<Process> processes;
    for (auto step : {&Worker::Post, &Worker::Post, &Worker::Wait,
                      &Worker::Wait, &Worker::TimedWait, &Worker::TryWait}) {
      processes.emplace_back([&]() -> Errno {
        Tally tally;
        Worker worker(sem, tally);
        for (long i = 0; !tally.gone; i++)
          if (const Errno error = (worker.*step)(i)) return error;
        return EIDRM;
      });
    }
    usleep(round * 97 % 5000);
    EXPECT_EQ(sem.Shutdown(), 0);
    for (Process& p : processes) ASSERT_EQ(p.Result(), EIDRM);
    EXPECT_EQ(sem.waiters(), 0u);
    EXPECT_EQ(sem.Post(), EIDRM);
  }
}

}  // namespace
}  // namespace ksem_test

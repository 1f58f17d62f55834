// SPDX-License-Identifier: MIT
// Many processes doing things to one semaphore at once, and the sum at the end.
#ifndef KSEM_TESTS_SUPPORT_STRESS_H_
#define KSEM_TESTS_SUPPORT_STRESS_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/semaphore.h"

namespace ksem_test {

// `operations` times the environment's KSEM_STRESS (default 1).
long Scaled(long operations);

// What all processes of a test have done so far.
struct Tally {
  std::atomic<long> units_in = 0;     // posted
  std::atomic<long> units_out = 0;    // waited for and got
  std::atomic<long> operations = 0;   // all calls
  std::atomic<long> interrupted = 0;  // of them: EINTR
  std::atomic<long> timed_out = 0;    // ETIMEDOUT
  std::atomic<long> refused = 0;      // EAGAIN, EOVERFLOW, EBUSY, EEXIST
  std::atomic<long> gone = 0;         // ENOENT, EIDRM

  // Count what a call returned. An errno that no race explains is handed on.
  Errno Put(long units, Errno error);
  Errno Take(long units, Errno error);
  Errno Count(Errno error);
};

// What one process does to the semaphore, by files that it keeps open. The i-th
// step is for 1, 2 or 3 units.
class Worker {
 public:
  Worker(const Semaphore& sem, Tally& tally);

  Errno Post(long i);
  Errno Wait(long i);
  Errno TryWait(long i);
  Errno TimedWait(long i);  // with a timeout that a post can just meet

  Tally& tally() { return tally_; }

 private:
  Tally& tally_;
  File post_, wait_, trywait_, timedwait_;
};

using Step = std::function<Errno(Worker&, long)>;

// The processes. The test fails if a step returns an errno.
class Crowd {
 public:
  explicit Crowd(const Semaphore& sem);
  // Kills who is left; prints what was done.
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  Tally& tally() { return *tally_; }

  // A process that makes the steps 0 to times-1.
  void Start(long times, const Step& step);
  // A process that makes steps until all of the others have ended.
  void StartEndless(const Step& step);
  // The processes that make so many steps.
  std::vector<Process>& counted() { return counted_; }
  // Waits for all; meanwhile does `disturb` again and again.
  void Finish(const std::function<void()>& disturb = [] {});

 private:
  const Semaphore& sem_;
  Tally* const tally_;
  std::atomic<bool>* const stop_;
  std::vector<Process> counted_;
  std::vector<Process> endless_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_STRESS_H_

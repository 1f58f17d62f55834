// SPDX-License-Identifier: MIT
// Cancellation, by POSIX.1-2017, System Interfaces, 2.9.5: sem_wait and
// sem_timedwait are cancellation points.
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <utility>

#include "fsclient/posix/tests/support.h"

namespace posix_test {
namespace {

// A thread that can be cancelled.
class Thread {
 public:
  explicit Thread(std::function<void()> function)
      : function_(std::move(function)) {
    pthread_create(&thread_, nullptr, &Thread::Run, this);
  }

  void Cancel() const { EXPECT_EQ(pthread_cancel(thread_), 0); }
  bool AwaitSleep() const {
    return Eventually([this] { return id_ != 0 && Sleeps(id_); });
  }
  // Whether it ended because it was cancelled.
  bool JoinCancelled() const {
    void* result = nullptr;
    pthread_join(thread_, &result);
    return result == PTHREAD_CANCELED;
  }

 private:
  static void* Run(void* self) {
    auto* thread = static_cast<Thread*>(self);
    thread->id_ = gettid();
    thread->function_();
    return nullptr;
  }

  std::function<void()> function_;
  std::atomic<pid_t> id_ = 0;
  pthread_t thread_;
};

void WaitFor(sem_t* sem) { sem_wait(sem); }

void TimedWaitFor(sem_t* sem) {
  const timespec end = Never();
  sem_timedwait(sem, &end);
}

void ClockWaitFor(sem_t* sem) {
  const timespec end = Never(CLOCK_MONOTONIC);
  sem_clockwait(sem, CLOCK_MONOTONIC, &end);
}

class CancellationPoint : public testing::TestWithParam<void (*)(sem_t*)> {
 protected:
  static void Wait(sem_t* sem) { GetParam()(sem); }
};

TEST_P(CancellationPoint, EndsABlockedThread) {
  const Semaphore sem(0);
  const Thread thread([&] { Wait(sem); });
  EXPECT_TRUE(thread.AwaitSleep());
  thread.Cancel();
  EXPECT_TRUE(thread.JoinCancelled());
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(ValueOf(sem), 1);
}

// 2.9.5.1: not while cancelability is disabled.
TEST_P(CancellationPoint, SparesAThreadThatForbidsIt) {
  const Semaphore sem(0);
  const Thread thread([&] {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    Wait(sem);
  });
  EXPECT_TRUE(thread.AwaitSleep());
  thread.Cancel();
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_FALSE(thread.JoinCancelled());
  EXPECT_EQ(ValueOf(sem), 0);
}

// 2.9.5.3: cleanup handlers run, here a destructor as well.
TEST_P(CancellationPoint, CleansUp) {
  const Semaphore sem(0);
  std::atomic<bool> destroyed = false;
  const Thread thread([&] {
    const std::shared_ptr<void> guard(nullptr,
                                      [&](void*) { destroyed = true; });
    Wait(sem);
  });
  EXPECT_TRUE(thread.AwaitSleep());
  thread.Cancel();
  EXPECT_TRUE(thread.JoinCancelled());
  EXPECT_TRUE(destroyed);
}

// 2.9.5.2, last paragraph: acted upon, it has no effect on the semaphore.
TEST_P(CancellationPoint, LosesNoUnit) {
  constexpr int kRounds = 400;
  const Semaphore sem(0);
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> taken = 0;
    const Thread thread([&] {
      Wait(sem);
      taken = 1;
    });
    // Not always, for a thread that is just about to sleep is of interest, too.
    if (round % 4 != 0) {
      ASSERT_TRUE(thread.AwaitSleep());
    }
    const Thread poster([&] { sem_post(sem); });
    for (int delay = round % 50 * 100; delay > 0; --delay) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    thread.Cancel();
    thread.JoinCancelled();
    poster.JoinCancelled();
    ASSERT_EQ(taken + ValueOf(sem), 1);
    sem_trywait(sem);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CancellationPoint,
                         testing::Values(WaitFor, TimedWaitFor, ClockWaitFor));

// The C library's sem_clockwait() goes without this.
class CancellationPointAtOnce : public CancellationPoint {};

// 2.9.5.2: a request that is pending is acted upon also if there is a unit.
TEST_P(CancellationPointAtOnce, EndsAThreadThatNeedNotBlock) {
  const Semaphore sem(1);
  const Thread thread([&] {
    pthread_cancel(pthread_self());
    Wait(sem);
  });
  EXPECT_TRUE(thread.JoinCancelled());
  EXPECT_EQ(ValueOf(sem), 1);
}

INSTANTIATE_TEST_SUITE_P(All, CancellationPointAtOnce,
                         testing::Values(WaitFor, TimedWaitFor));

// 2.9.5.2: these are none.
TEST(NoCancellationPoint, TryWaitPostAndGetValue) {
  const Semaphore sem(1);
  std::atomic<bool> did = false;
  const Thread thread([&] {
    pthread_cancel(pthread_self());
    sem_trywait(sem);
    sem_trywait(sem);
    sem_post(sem);
    ValueOf(sem);
    did = true;
    pthread_testcancel();
  });
  EXPECT_TRUE(thread.JoinCancelled());
  EXPECT_TRUE(did);
  EXPECT_EQ(ValueOf(sem), 1);
}

}  // namespace
}  // namespace posix_test

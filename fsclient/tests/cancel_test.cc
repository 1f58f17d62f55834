// SPDX-License-Identifier: MIT
// pthread_cancel() of a thread that waits: it has taken nothing.
#include <pthread.h>

#include <functional>
#include <utility>

#include "fsclient/tests/support.h"
#include "ksem/units.h"

namespace ksem {
namespace {

// Can be cancelled only while it runs `work`.
class Cancellable {
 public:
  explicit Cancellable(std::function<void()> work) : work_(std::move(work)) {
    pthread_create(
        &thread_, nullptr,
        [](void* self) -> void* {
          static_cast<Cancellable*>(self)->work_();
          pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
          static_cast<Cancellable*>(self)->done_ = true;
          return nullptr;
        },
        this);
  }

  void cancel() { pthread_cancel(thread_); }
  // Whether it was cancelled, and not done before.  The thread's result would
  // say so too, but for a signal that comes too late to do anything else.
  bool join() {
    pthread_join(thread_, nullptr);
    return !done_;
  }

 private:
  std::function<void()> work_;
  pthread_t thread_;
  bool done_ = false;
};

struct Way {
  const char* name;
  void (*wait)(Semaphore&);
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class Cancel : public testing::TestWithParam<Way> {};

INSTANTIATE_TEST_SUITE_P(
    , Cancel,
    testing::Values(Way{"Acquire", [](Semaphore& s) { s.acquire(); }},
                    Way{"Timed",
                        [](Semaphore& s) {
                          static_cast<void>(s.try_acquire_for(kLong));
                        }},
                    Way{"Stoppable",
                        [](Semaphore& s) {
                          std::stop_source source;
                          static_cast<void>(s.acquire(source.get_token()));
                        }},
                    Way{"Guard", [](Semaphore& s) { Units(s).dismiss(); }}),
    [](const auto& way) { return way.param.name; });

TEST_P(Cancel, EndsAWait) {
  Fresh sem;
  Cancellable waiter([&] { GetParam().wait(*sem); });
  ASSERT_TRUE(blocked(*sem, 1));
  EXPECT_STATE(*sem, .value = 0, .waiters = 1);
  waiter.cancel();
  EXPECT_TRUE(waiter.join());
  EXPECT_STATE(*sem, .value = 0);
  sem->release();
  EXPECT_STATE(*sem, .value = 1);
}

// In half of the rounds the unit has been granted when it is cancelled.
TEST_P(Cancel, RaceWithReleaseLosesNothing) {
  Fresh sem;
  int cancelled = 0;
  for (int round = 0; round < 120; round++) {
    Cancellable waiter([&] { GetParam().wait(*sem); });
    if (round % 3) {
      ASSERT_TRUE(blocked(*sem, 1));
    }
    if (round % 2) {
      sem->release();
      waiter.cancel();
    } else {
      waiter.cancel();
      sem->release();
    }
    const bool was = waiter.join();
    ASSERT_EQ(sem->value(), was ? 1 : 0) << "round " << round;
    cancelled += was;
    sem->set_value(0);
  }
  RecordProperty("cancelled", cancelled);
  EXPECT_STATE(*sem, .value = 0);
}

TEST(Cancellation, UnwindsWhatIsHeld) {
  Fresh outer({.value = 3}), inner;
  Cancellable waiter([&] {
    const Units units(*outer, 2);
    inner->acquire();
  });
  ASSERT_TRUE(blocked(*inner, 1));
  EXPECT_STATE(*outer, .value = 1);
  waiter.cancel();
  EXPECT_TRUE(waiter.join());
  EXPECT_STATE(*outer, .value = 3);
  EXPECT_STATE(*inner, .value = 0);
}

TEST(Cancellation, OnlyWaitingIsACancellationPoint) {
  Fresh sem;
  const std::string name = fresh_name();
  bool done = false;
  Cancellable worker([&] {
    pthread_cancel(pthread_self());
    Semaphore made = Semaphore::open_or_create(name, 1, 4, options());
    static_cast<void>(made.try_acquire());
    { const Units units(made, kAdopt); }
    made.set_value(made.max());
    Semaphore::list();
    made.counters();
    if (by_handle()) Semaphore::from_descriptor(made.native_handle());
    Semaphore::remove(name);
    sem->release();
    done = true;
    sem->acquire(2);
  });
  EXPECT_TRUE(worker.join());
  EXPECT_TRUE(done);
  EXPECT_STATE(*sem, .value = 1);
}

}  // namespace
}  // namespace ksem

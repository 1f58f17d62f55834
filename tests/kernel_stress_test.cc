// SPDX-License-Identifier: MIT
// Races of kernel code, in threads, interrupts and callbacks, with processes.
// KSEM_STRESS=N does everything N times as often.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "tests/support/eventually.h"
#include "tests/support/kernel_user.h"
#include "tests/support/modes.h"
#include "tests/support/process.h"
#include "tests/support/semaphore.h"
#include "tests/support/stress.h"

namespace ksem_test {
namespace {

class KernelStress : public BothModes {
 protected:
  static void SetUpTestSuite() { LoadKernelUser(); }

  // Without a ceiling, since what is given back must fit; but so few units
  // that most waits block.
  Errno PostIfFew(Worker& w, long i) {
    if (kernel_.Get("value") < 6) return w.Post(i);
    usleep(20);
    return 0;
  }
  void StartPoster(Crowd& crowd) {
    crowd.StartEndless([this](Worker& w, long i) { return PostIfFew(w, i); });
  }
  void ExpectConserved(const Tally& tally) {
    sem_.Expect(
        {.value = static_cast<unsigned>(tally.units_in - tally.units_out)});
  }

  Semaphore sem_;
  KernelUser kernel_{sem_.name()};
};
IN_BOTH_MODES(KernelStress);

// A timer's interrupt posts and takes, threads take and give back, processes
// do all.
TEST_P(KernelStress, InterruptsThreadsAndProcesses) {
  const long loops = Scaled(1000);
  Crowd crowd(sem_);
  EXPECT_EQ(kernel_.Call("threads", loops), 0);
  crowd.Start(Scaled(30), [this](Worker& w, long i) -> Errno {
    const bool posts = i % 2 == 0;
    if (const Errno error =
            kernel_.Call(posts ? "irq_post" : "irq_trywait", 50))
      return error;
    if (!Eventually([&] { return kernel_.Get("irq_left") == 0; })) return ETIME;
    const int done = kernel_.Get("irq_done");
    return posts ? w.tally().Put(done, 0) : w.tally().Take(done, 0);
  });
  // Until the threads have taken and given back all they want.
  crowd.Start(1, [this, loops](Worker&, long) -> Errno {
    return Eventually([&] { return kernel_.Get("loops_done") == 8 * loops; })
               ? 0
               : ETIME;
  });
  crowd.Start(Scaled(2000), &Worker::TimedWait);
  crowd.Start(Scaled(1000), &Worker::Wait);
  crowd.StartEndless(&Worker::TryWait);
  StartPoster(crowd);
  crowd.Finish();
  ExpectConserved(crowd.tally());
}

// A request is over by its grant or by a cancel, never by both or none.
TEST_P(KernelStress, CancelMeetsGrant) {
  Crowd crowd(sem_);
  Tally& tally = crowd.tally();
  crowd.Start(Scaled(2000), [this](Worker& w, long i) -> Errno {
    if (const Errno error = kernel_.Call("async")) return error;
    for (long pause = i % 50; pause > 0; pause--) w.TryWait(0);
    const Errno error = kernel_.Call(i % 2 ? "cancel" : "cancel_sync");
    if (!error) return w.tally().Count(EAGAIN);  // taken back
    if (error != ENOENT) return error;
    w.tally().Take(1, 0);  // granted
    // Its callback may still be about to run.
    return kernel_.Call("cancel_sync") == ENOENT ? 0 : EPROTO;
  });
  StartPoster(crowd);
  crowd.StartEndless(&Worker::TimedWait);
  crowd.Finish();
  EXPECT_GT(kernel_.Get("granted"), 0);
  ExpectConserved(tally);
}

// Two submit one request at once: one of them is told EBUSY.
TEST_P(KernelStress, SubmitMeetsSubmit) {
  Crowd crowd(sem_);
  for (int i = 0; i < 2; i++) {
    crowd.Start(Scaled(2500), [this](Worker& w, long) {
      const Errno submitted = kernel_.Call("async");
      if (submitted) return w.tally().Count(submitted);
      const Errno cancelled = kernel_.Call("cancel");
      return cancelled == ENOENT ? w.tally().Take(1, 0)
                                 : w.tally().Count(cancelled);
    });
  }
  crowd.StartEndless([](Worker& w, long i) {
    usleep(i % 100);
    return w.Post(i);
  });
  crowd.Finish();
  EXPECT_GT(crowd.tally().refused, 0);
  ExpectConserved(crowd.tally());
}

// Callbacks that post and ask anew, on whatever CPU, among processes.
TEST_P(KernelStress, CallbacksThatAskAgain) {
  Crowd crowd(sem_);
  crowd.Start(Scaled(50), [this](Worker& w, long) -> Errno {
    const int before = kernel_.Get("granted");
    if (const Errno error = kernel_.Call("async_again", 50)) return error;
    if (!Eventually([&] { return kernel_.Get("granted") == before + 51; }))
      return ETIME;
    return w.tally().Take(1, 0);  // the last one posts nothing
  });
  StartPoster(crowd);
  crowd.StartEndless(&Worker::TimedWait);
  crowd.Finish();
  ExpectConserved(crowd.tally());
}

// A module makes and destroys it from a callback of its own configfs driver,
// while others use it, and while a user who may nothing renames from one
// directory to the other, which takes the locks of both. When they meet, the
// module goes on after a second.
TEST(KernelMade, CreateAndDestroyMeetEverything) {
  LoadKernelUser();
  Semaphore sem = Semaphore::Named(UniqueName());
  const std::string maker = KernelUserPath(sem.name());
  Crowd crowd(sem);
  crowd.Start(Scaled(50), [maker](Worker& w, long) {
    const Errno error = w.tally().Count(MakeDir(maker));
    return error ? error : w.tally().Count(RemoveDir(maker));
  });
  crowd.StartEndless(
      [&sem](Worker& w, long) { return w.tally().Count(sem.Post("1")); });
  crowd.StartEndless(
      [&sem](Worker& w, long) { return w.tally().Count(sem.Wait("3")); });
  crowd.StartEndless([&sem, maker](Worker& w, long i) -> Errno {
    if (i == 0 && setuid(1000)) return EIO;
    const std::string other = maker + "-x";
    if (i % 2)
      rename(sem.path().c_str(), other.c_str());
    else
      rename(other.c_str(), sem.path().c_str());
    return w.tally().Count(0);
  });
  crowd.Finish();
  EXPECT_TRUE(Eventually([&] { return Exists(sem.path()) == Exists(maker); }));
}

}  // namespace
}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// What the threads of a program share in the library, without the kernel's
// part; ThreadSanitizer looks on.  The files of a semaphore are plain ones
// here.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fsclient/src/stoppable.h"
#include "ksem/internal/word.h"
#include "ksem/semaphore.h"
#include "ksem/units.h"

namespace ksem {
namespace {

constexpr int kRounds = 2000;

TEST(Threads, TakeAndGiveByOneWord) {
  std::uint64_t shared = std::uint64_t{4} << 32 | 2;
  internal::Word word;
  word.point_to(&shared);
  int guarded[2] = {};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; round++) {
        while (!word.take(2)) std::this_thread::yield();
        guarded[0]++;  // what the units are for
        while (!word.give(2)) std::this_thread::yield();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(guarded[0], 3 * kRounds);
  EXPECT_EQ(shared, std::uint64_t{4} << 32 | 2);
}

// The first thread that needs the page maps it, and the others find it.
TEST(Threads, FindWhatAnotherHasMapped) {
  for (int round = 0; round < 200; round++) {
    internal::Word word;
    std::unique_ptr<std::uint64_t> page;
    std::jthread finder([&] {
      while (!word.take(1)) std::this_thread::yield();
    });
    page = std::make_unique<std::uint64_t>(std::uint64_t{1} << 32 | 1);
    word.point_to(page.get());
    finder.join();
    EXPECT_EQ(*page, std::uint64_t{1} << 32);
  }
}

TEST(Threads, AreStoppedWhileTheyBlock) {
  for (int round = 0; round < 200; round++) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    int fd = ends[0];  // a stop spoils it
    int error = 0;
    std::jthread waiter([&](const std::stop_token& stop) {
      error = internal::wait_stoppable(
          stop,
          [&] {
            char byte;
            return read(std::atomic_ref(fd).load(), &byte, 1) < 0 ? errno : 0;
          },
          [&] { std::atomic_ref(fd).store(-1); });
    });
    if (round % 2) std::this_thread::yield();
    waiter.request_stop();
    // One that is restarted reads the pipe's end all the same.
    close(ends[1]);
    waiter.join();
    EXPECT_TRUE(error == ECANCELED || error == 0) << error;
    close(ends[0]);
  }
}

class PlainFiles : public testing::Test {
 protected:
  void SetUp() override {
    setenv("KSEM_ROOT", root_.c_str(), 1);
    std::filesystem::create_directories(root_ + "/jobs");
    for (const char* name : {"trywait", "post", "wait", "timedwait"}) {
      std::ofstream(root_ + "/jobs/" + name) << "";
    }
    std::ofstream(root_ + "/jobs/value") << "7\n";
    std::ofstream(root_ + "/jobs/order") << "fifo\n";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  const std::string root_ =
      testing::TempDir() + "threads-" + std::to_string(getpid());
};

TEST_F(PlainFiles, OneObjectIsForAllThreads) {
  Semaphore jobs = Semaphore::open("jobs");
  EXPECT_EQ(jobs.via(), Via::kFiles);
  std::stop_source source;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&, i, stop = source.get_token()] {
      for (int round = 0; round < 100; round++) {
        const Units unit(jobs);
        const Units others(jobs, std::try_to_lock, 2);
        EXPECT_TRUE(jobs.try_acquire_for(stop, std::chrono::seconds(1)));
        jobs.release();
        EXPECT_EQ(jobs.value(), 7);
        EXPECT_EQ(jobs.order(), Order::kFifo);
        if (i == 0) {
          EXPECT_TRUE(Semaphore::open("jobs").try_acquire());
        }
      }
    });
  }
}

}  // namespace
}  // namespace ksem

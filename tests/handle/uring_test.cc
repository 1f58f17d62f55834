// SPDX-License-Identifier: MIT
// io_uring: reads, writes and polls of a handle, and taking them back.
#include <gtest/gtest.h>
#include <liburing.h>
#include <poll.h>
#include <sys/uio.h>

#include <cerrno>
#include <map>
#include <memory>

#include "tests/handle/support.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace ksem_test {
namespace {

class Uring : public testing::Test {
 protected:
  Uring() { ready_ = io_uring_queue_init(64, &ring_, 0); }
  ~Uring() override { Exit(); }

  void SetUp() override {
    if (ready_ == -ENOSYS) GTEST_SKIP() << "no io_uring in this kernel";
    ASSERT_EQ(ready_, 0);
  }

  void Exit() {
    if (ready_ == 0) io_uring_queue_exit(&ring_);
    ready_ = -1;
  }

  // The next submission; its completion has this number.
  io_uring_sqe* Prepare(uint64_t number) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    sqe->user_data = number;
    return sqe;
  }

  void Read(uint64_t number, const Handle& handle, unsigned flags = 0) {
    io_uring_sqe* sqe = Prepare(number);
    io_uring_prep_read(sqe, handle.fd(), text_[number], sizeof(text_[number]),
                       0);
    sqe->user_data = number;
    sqe->flags |= flags;
    Submit();
  }

  void Poll(uint64_t number, const Handle& handle, unsigned events) {
    io_uring_sqe* sqe = Prepare(number);
    io_uring_prep_poll_add(sqe, handle.fd(), events);
    sqe->user_data = number;
    Submit();
  }

  // Takes the submission of that number back; fails unless it is the kernel's.
  void Cancel(uint64_t number) {
    constexpr uint64_t kCancel = 99;
    io_uring_sqe* sqe = Prepare(kCancel);
    io_uring_prep_cancel64(sqe, number, 0);
    sqe->user_data = kCancel;
    Submit();
    const int result = Result(kCancel);
    EXPECT_TRUE(result == 0 || result == -EALREADY) << result;
  }

  void Submit() { EXPECT_GE(io_uring_submit(&ring_), 0); }

  // Waits for the completion of that number.
  int Result(uint64_t number) {
    EXPECT_TRUE(Eventually([&] {
      Reap();
      return results_.contains(number);
    })) << number;
    const int result = results_[number];
    results_.erase(number);
    return result;
  }

  bool over(uint64_t number) {
    Reap();
    return results_.contains(number);
  }

 private:
  void Reap() {
    io_uring_get_events(&ring_);
    io_uring_cqe* cqe;
    while (io_uring_peek_cqe(&ring_, &cqe) == 0) {
      results_[cqe->user_data] = cqe->res;
      io_uring_cqe_seen(&ring_, cqe);
    }
  }

  io_uring ring_;
  int ready_;
  char text_[64][8];
  std::map<uint64_t, int> results_;
};

TEST_F(Uring, AReadTakesAUnit) {
  Semaphore sem({.value = 2});
  Handle handle(sem);
  Read(1, handle);
  EXPECT_EQ(Result(1), 2);
  handle.Expect({.value = 1});
}

TEST_F(Uring, AReadWaitsForAUnit) {
  Semaphore sem;
  Handle handle(sem);
  Read(1, handle);
  EXPECT_FALSE(over(1));
  handle.Expect({});  // it polls, and isn't blocked
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Result(1), 2);
  handle.Expect({});
}

TEST_F(Uring, AUnitIsForOneOfSeveralReads) {
  Semaphore sem;
  Handle handle(sem);
  for (int i = 1; i <= 3; i++) Read(i, handle);
  for (int posted = 1; posted <= 3; posted++) {
    EXPECT_EQ(sem.Post(), 0);
    EXPECT_TRUE(
        Eventually([&] { return over(1) + over(2) + over(3) == posted; }));
    handle.Expect({});
  }
  for (int i = 1; i <= 3; i++) EXPECT_EQ(Result(i), 2);
  EXPECT_EQ(sem.Post(), 0);
  handle.Expect({.value = 1});
}

// As it can be polled, no worker need block.
TEST_F(Uring, AReadByAWorkerWaitsForAUnit) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  Read(1, handle, IOSQE_ASYNC);
  EXPECT_TRUE(Eventually([&] { return page.observed(); }));
  EXPECT_FALSE(over(1));
  handle.Expect({});
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Result(1), 2);
  handle.Expect({});
}

TEST_F(Uring, ANonBlockingOneDoesNotWait) {
  Semaphore sem;
  Handle handle(sem);
  char text[8];
  io_uring_sqe* sqe = Prepare(1);
  io_uring_prep_read(sqe, handle.fd(), text, sizeof(text), 0);
  sqe->user_data = 1;
  sqe->rw_flags = RWF_NOWAIT;
  Submit();
  EXPECT_EQ(Result(1), -EAGAIN);
  handle.Expect({});
}

TEST_F(Uring, AWriteGives) {
  Semaphore sem({.max = 3});
  Handle handle(sem);
  io_uring_sqe* sqe = Prepare(1);
  io_uring_prep_write(sqe, handle.fd(), "3\n", 2, 0);
  sqe->user_data = 1;
  Submit();
  EXPECT_EQ(Result(1), 2);
  handle.Expect({.value = 3, .max = 3});
  sqe = Prepare(2);
  io_uring_prep_write(sqe, handle.fd(), "1\n", 2, 0);
  sqe->user_data = 2;
  Submit();
  EXPECT_EQ(Result(2), -EOVERFLOW);
  handle.Expect({.value = 3, .max = 3});
}

TEST_F(Uring, Polls) {
  Semaphore sem({.max = 1});
  Handle handle(sem);
  Poll(1, handle, POLLIN);
  Poll(2, handle, POLLOUT);
  EXPECT_EQ(Result(2), POLLOUT);
  EXPECT_FALSE(over(1));
  EXPECT_EQ(sem.Post(), 0);
  EXPECT_EQ(Result(1) & POLLIN, POLLIN);
  Poll(2, handle, POLLOUT);
  EXPECT_FALSE(over(2));
  EXPECT_EQ(handle.Wait(), 0);
  EXPECT_EQ(Result(2) & POLLOUT, POLLOUT);
  handle.Expect({.max = 1});
}

TEST_F(Uring, ACancelledReadTakesNothing) {
  Semaphore sem;
  Handle handle(sem);
  Page page(handle);
  Read(1, handle);
  EXPECT_TRUE(page.observed());
  Cancel(1);
  EXPECT_EQ(Result(1), -ECANCELED);
  EXPECT_EQ(sem.Post(), 0);
  handle.Expect({.value = 1});
  EXPECT_FALSE(page.observed());
}

TEST_F(Uring, ATimeLimitOfTheRing) {
  Semaphore sem;
  Handle handle(sem);
  io_uring_sqe* sqe = Prepare(1);
  char text[8];
  io_uring_prep_read(sqe, handle.fd(), text, sizeof(text), 0);
  sqe->user_data = 1;
  sqe->flags |= IOSQE_IO_LINK;
  __kernel_timespec soon = {.tv_nsec = 10'000'000};
  sqe = Prepare(2);
  io_uring_prep_link_timeout(sqe, &soon, 0);
  sqe->user_data = 2;
  Submit();
  EXPECT_EQ(Result(1), -ECANCELED);
  EXPECT_EQ(Result(2), -ETIME);
  EXPECT_EQ(sem.Post(), 0);
  handle.Expect({.value = 1});
}

TEST_F(Uring, ShutdownEndsAll) {
  Semaphore sem;
  Handle handle(sem);
  Read(1, handle);
  Poll(2, handle, POLLIN);
  EXPECT_EQ(sem.Shutdown(), 0);
  EXPECT_EQ(Result(1), -EIDRM);
  EXPECT_EQ(Result(2) & POLLHUP, POLLHUP);
}

TEST_F(Uring, AnExitingRingLeavesNothing) {
  Semaphore sem({.value = 1});
  {
    Handle handle(sem);
    EXPECT_EQ(handle.Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
    Read(1, handle);
    Read(2, handle, IOSQE_ASYNC);
    Poll(3, handle, POLLPRI);
  }
  // They hold the handle, and so what it owes.
  sem.Expect({});
  Exit();
  EXPECT_TRUE(Eventually([&] { return sem.state().value == 1; }));
  sem.Expect({.value = 1});
}

}  // namespace
}  // namespace ksem_test

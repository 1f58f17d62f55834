// SPDX-License-Identifier: MIT
#include "tests/support/stress.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <new>

#include "tests/support/eventually.h"

namespace ksem_test {
namespace {

template <typename T>
T* NewShared() {
  void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return new (memory) T();
}

template <typename T>
void DeleteShared(T* object) {
  munmap(object, sizeof(T));
}

long Units(long i) { return 1 + i * 7 % 3; }

}  // namespace

long Scaled(long operations) {
  const char* factor = std::getenv("KSEM_STRESS");
  return factor ? static_cast<long>(operations * std::atof(factor))
                : operations;
}

Errno Tally::Put(long units, Errno error) {
  if (!error) units_in += units;
  return Count(error);
}

Errno Tally::Take(long units, Errno error) {
  if (!error) units_out += units;
  return Count(error);
}

Errno Tally::Count(Errno error) {
  operations++;
  switch (error.value()) {
    case 0:
      return 0;
    case EINTR:
      interrupted++;
      return 0;
    case ETIMEDOUT:
      timed_out++;
      return 0;
    case EAGAIN:
    case EOVERFLOW:
    case EBUSY:
    case EEXIST:
      refused++;
      return 0;
    case ENOENT:
    case EIDRM:
      gone++;
      return 0;
    default:
      return error;
  }
}

Worker::Worker(const Semaphore& sem, Tally& tally)
    : tally_(tally),
      post_(sem.path("post"), O_WRONLY),
      wait_(sem.path("wait"), O_WRONLY),
      trywait_(sem.path("trywait"), O_WRONLY),
      timedwait_(sem.path("timedwait"), O_WRONLY) {}

Errno Worker::Post(long i) {
  const long units = Units(i);
  return tally_.Put(units, post_.Write(std::to_string(units)));
}

Errno Worker::Wait(long i) {
  const long units = Units(i);
  return tally_.Take(units, wait_.Write(std::to_string(units)));
}

Errno Worker::TryWait(long i) {
  const long units = Units(i);
  return tally_.Take(units, trywait_.Write(std::to_string(units)));
}

Errno Worker::TimedWait(long i) {
  const long units = Units(i);
  return tally_.Take(units, timedwait_.Write(std::to_string(i * 13 % 400) +
                                             "us " + std::to_string(units)));
}

Crowd::Crowd(const Semaphore& sem)
    : sem_(sem),
      tally_(NewShared<Tally>()),
      stop_(NewShared<std::atomic<bool>>()) {}

Crowd::~Crowd() {
  counted_.clear();
  endless_.clear();
  std::cout << tally_->operations << " operations: " << tally_->units_in
            << " units in, " << tally_->units_out << " out; "
            << tally_->interrupted << " interrupted, " << tally_->timed_out
            << " timed out, " << tally_->refused << " refused, " << tally_->gone
            << " found it gone" << std::endl;
  DeleteShared(tally_);
  DeleteShared(stop_);
}

void Crowd::Start(long times, const Step& step) {
  counted_.emplace_back([&]() -> Errno {
    Worker worker(sem_, *tally_);
    for (long i = 0; i < times; i++)
      if (const Errno error = step(worker, i)) return error;
    return 0;
  });
}

void Crowd::StartEndless(const Step& step) {
  endless_.emplace_back([&]() -> Errno {
    Worker worker(sem_, *tally_);
    for (long i = 0; !*stop_; i++)
      if (const Errno error = step(worker, i)) return error;
    return 0;
  });
}

void Crowd::Finish(const std::function<void()>& disturb) {
  // As long as it goes on it doesn't hang, however slow it is.
  for (Process& p : counted_) {
    for (long before = -1; !p.ended() && before != tally_->operations;) {
      before = tally_->operations;
      Eventually([&] {
        disturb();
        return p.ended() || before != tally_->operations;
      });
    }
    EXPECT_EQ(p.Result(), 0);
  }
  *stop_ = true;
  for (Process& p : endless_) EXPECT_EQ(p.Result(), 0);
}

}  // namespace ksem_test

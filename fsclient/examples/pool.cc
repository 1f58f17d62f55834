// SPDX-License-Identifier: MIT
// A pool of workers behind an event loop: each unit of the semaphore is one job
// for it, posted by a shell, a program or a kernel module.  It ends when the
// semaphore is shut down and the jobs are done.
//
//   pool NAME [WORKERS]
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <semaphore>
#include <system_error>
#include <thread>
#include <vector>

#include "ksem/semaphore.h"

namespace {

std::mutex output;

// What the event loop has for the workers.
struct Queue {
  std::counting_semaphore<> units{0};
  std::atomic<int> jobs = 0;  // when there are more units, it is over

  void add() {
    jobs++;
    units.release();
  }
};

void work(int worker, Queue& queue) {
  for (;;) {
    queue.units.acquire();
    if (queue.jobs-- <= 0) return;
    const std::lock_guard lock(output);
    std::cout << "worker " << worker << ": a job" << std::endl;
  }
}

std::error_code failure() { return {errno, std::generic_category()}; }

// Blocks in epoll_wait() only, which can watch sockets and timers beside it.
std::error_code dispatch(ksem::Semaphore& posted, Queue& queue) {
  const int loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0) return failure();
  epoll_event wanted = {};
  wanted.events = EPOLLIN;
  if (epoll_ctl(loop, EPOLL_CTL_ADD, posted.native_handle(), &wanted) < 0) {
    return failure();
  }
  for (;;) {
    epoll_event event;
    if (epoll_wait(loop, &event, 1, -1) < 1) {
      if (errno == EINTR) continue;
      return failure();
    }
    // Another program may have been faster, so it may be none.
    std::error_code error;
    while (posted.try_acquire(1, error)) queue.add();
    if (error) return error;  // EIDRM: shut down
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 2 ? std::atoi(argv[2]) : 3;
  if (argc < 2 || count < 1) {
    std::cerr << "Usage: pool NAME [WORKERS]\n";
    return 2;
  }

  try {
    auto posted = ksem::Semaphore::open_or_create(argv[1], 0, ksem::kMax,
                                                  {.via = ksem::Via::kHandle});
    Queue queue;
    std::vector<std::jthread> workers;
    for (int i = 1; i <= count; i++) {
      workers.emplace_back([&queue, i] { work(i, queue); });
    }
    const std::error_code error = dispatch(posted, queue);
    queue.units.release(count);
    if (error.value() != EIDRM) throw std::system_error(error, argv[1]);
  } catch (const std::system_error& error) {
    std::cerr << "pool: " << error.what() << "\n";
    return 1;
  }
}

// SPDX-License-Identifier: MIT
// rt-wake-…: how long it takes from a post until the waiter runs, while a
// thread of FIFO 50 is busy on the CPU that posts: the worst of some runs.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "tools/bench/ours.h"
#include "tools/bench/peers.h"
#include "tools/bench/realtime.h"

namespace ksem_bench {
namespace {

constexpr int kRuns = 50;
constexpr std::int64_t kBurst = 10'000'000;

// A thread that is busy for one burst after each begin().
class Busy {
 public:
  Busy() : thread_([this] { run(); }) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    stop_ = true;
    begin_.release();
  }

  void begin() { begin_.release(); }

 private:
  void run() {
    set_fifo(50);
    for (;;) {
      begin_.acquire();
      if (stop_) return;
      const std::int64_t end = now() + kBurst;
      while (now() < end) continue;
    }
  }

  EventFd begin_{0};
  std::atomic<bool> stop_ = false;
  std::jthread thread_;
};

// From before `post` until the waiter ran; `ran` is 0 until it has.
template <class Post, class Ran>
std::int64_t run(Busy& busy, Post post, Ran ran) {
  // By then the last burst is over and the waiter is blocked.
  sleep_for(2 * kBurst);
  busy.begin();
  const std::int64_t start = now();
  post();
  std::int64_t time;
  while ((time = ran()) == 0) sleep_for(kBurst / 10);
  return time - start;
}

template <class Wait, class Post, class Ran>
std::int64_t worst(Wait wait, Post post, Ran ran) {
  Busy busy;
  std::jthread waiter([&wait] {
    set_fifo(80);
    for (int i = 0; i < kRuns; ++i) wait();
  });
  std::int64_t worst = 0;
  for (int i = 0; i < kRuns; ++i) {
    worst = std::max(worst, run(busy, post, ran));
  }
  return worst;
}

template <class Wait, class Post>
std::int64_t worst(Wait wait, Post post) {
  std::atomic<std::int64_t> ran = 0;
  return worst(
      [&wait, &ran] {
        wait();
        ran = now();
      },
      post, [&ran] { return ran.exchange(0); });
}

// The waiter calls poll(), then takes a unit.
template <class Semaphore>
std::int64_t worst_by_poll(Semaphore& semaphore) {
  return worst(
      [&semaphore] {
        pollfd poller = {semaphore.fd(), POLLIN, 0};
        check(poll(&poller, 1, -1) == 1, "poll");
        semaphore.acquire();
      },
      [&semaphore] { semaphore.release(); });
}

template <class Semaphore>
std::int64_t worst_by_epoll(Semaphore& semaphore) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event = {.events = EPOLLIN, .data = {}};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, semaphore.fd(), &event) == 0,
        "epoll_ctl");
  const std::int64_t figure = worst(
      [&semaphore, epoll] {
        epoll_event ready;
        check(epoll_wait(epoll, &ready, 1, -1) == 1, "epoll_wait");
        semaphore.acquire();
      },
      [&semaphore] { semaphore.release(); });
  close(epoll);
  return figure;
}

template <class Semaphore>
std::int64_t worst_by_itself(Semaphore& semaphore) {
  return worst([&semaphore] { semaphore.acquire(); },
               [&semaphore] { semaphore.release(); });
}

// By KSEM_IOC_ANY or KSEM_IOC_ALL.
std::int64_t worst_by(unsigned long request) {
  Handle semaphore(0);
  Handle other(1);
  ksem_ioc_op ops[] = {{semaphore.fd(), KSEM_OP_WAIT, 1, 0, 0},
                       {other.fd(), KSEM_OP_WAIT, 1, 0, 0}};
  if (request == KSEM_IOC_ANY) other.acquire();
  return worst(
      [&semaphore, &other, &ops, request] {
        ksem_ioc_multi multi = {};
        multi.ops = reinterpret_cast<std::uintptr_t>(ops);
        multi.nr = 2;
        multi.op_size = sizeof(ksem_ioc_op);
        check(ioctl(semaphore.fd(), request, &multi) == 0, "several");
        if (request == KSEM_IOC_ALL) other.release();
      },
      [&semaphore] { semaphore.release(); });
}

// When the module's waiter ran; 0 if it hasn't since the last call.
std::int64_t module_ran() {
  const std::int64_t time = read_file(kModule + "ran_at");
  if (time != 0) write_file(kModule + "ran_at", 0);
  return time;
}

template <class Post>
std::int64_t worst_in_module(const char* wait, Post post) {
  return worst([wait] { write_file(kModule + wait, 1); }, post, module_ran);
}

template <class Post>
std::int64_t worst_by_callback(Post post) {
  Busy busy;
  std::int64_t worst = 0;
  for (int i = 0; i < kRuns; ++i) {
    write_file(kModule + "async", 1);
    worst = std::max(worst, run(busy, post, module_ran));
  }
  return worst;
}

void compare(const char* id, std::int64_t ours, const char* who,
             std::int64_t peer) {
  report(id, "ksem", ours);
  report(id, who, peer);
}

}  // namespace
}  // namespace ksem_bench

int main() {
  using namespace ksem_bench;
  stop_throttling();
  set_fifo(60);

  Handle semaphore(0);
  EventFd eventfd(0);
  const std::int64_t read = worst_by_itself(eventfd);
  compare("rt-wake-handle", worst_by_itself(semaphore), "eventfd", read);
  compare("rt-wake-any", worst_by(KSEM_IOC_ANY), "eventfd", read);
  compare("rt-wake-all", worst_by(KSEM_IOC_ALL), "eventfd", read);
  compare("rt-wake-poll", worst_by_poll(semaphore), "eventfd",
          worst_by_poll(eventfd));
  compare("rt-wake-epoll", worst_by_epoll(semaphore), "eventfd",
          worst_by_epoll(eventfd));

  ModuleSemaphore in_module;
  const auto post = [&in_module] { in_module.release(); };
  const int up = open((kModule + "up").c_str(), O_WRONLY | O_CLOEXEC);
  check(up >= 0, "up");
  const std::int64_t down =
      worst_in_module("down", [up] { check(write(up, "1", 1) == 1, "up"); });
  compare("rt-wake-module", worst_in_module("wait", post), "down_interruptible",
          down);
  compare("rt-wake-async", worst_by_callback(post), "down_interruptible", down);
}

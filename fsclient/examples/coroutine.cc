// SPDX-License-Identifier: MIT
// Coroutines of one thread take turns with everybody else: co_await in the
// place of blocking, with Asio.
//
//   coroutine NAME [COROUTINES]
#include <fcntl.h>

#include <asio.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>

#include "ksem/semaphore.h"
#include "ksem/units.h"

namespace {

using namespace std::chrono_literals;

// A semaphore that coroutines wait for.
class Awaitable {
 public:
  // Asio closes what it watches, so it gets a duplicate.
  Awaitable(asio::io_context& context, ksem::Semaphore& semaphore)
      : semaphore_(semaphore),
        handle_(context, fcntl(semaphore.native_handle(), F_DUPFD_CLOEXEC, 0)) {
  }

  // Ready means that there was a unit: somebody else may have been faster.
  asio::awaitable<ksem::Units> acquire() {
    for (;;) {
      ksem::Units unit(semaphore_, std::try_to_lock);
      if (unit) co_return unit;
      co_await handle_.async_wait(asio::posix::descriptor_base::wait_read,
                                  asio::use_awaitable);
    }
  }

 private:
  ksem::Semaphore& semaphore_;
  asio::posix::stream_descriptor handle_;
};

asio::awaitable<void> work(asio::io_context& context, Awaitable& jobs, int id) {
  for (int round = 1; round <= 3; round++) {
    const ksem::Units unit = co_await jobs.acquire();
    std::cout << "coroutine " << id << ": round " << round << std::endl;
    asio::steady_timer timer(context, 10ms);
    co_await timer.async_wait(asio::use_awaitable);
  }  // given back
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "Usage: coroutine NAME [COROUTINES]\n";
    return 2;
  }
  const int count = argc > 2 ? std::atoi(argv[2]) : 3;

  try {
    auto semaphore = ksem::Semaphore::open_or_create(
        argv[1], 1, 1, {.via = ksem::Via::kHandle});
    asio::io_context context;
    Awaitable jobs(context, semaphore);
    const auto rethrow = [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    };
    for (int i = 1; i <= count; i++) {
      asio::co_spawn(context, work(context, jobs, i), rethrow);
    }
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "coroutine: " << error.what() << "\n";
    return 1;
  }
}

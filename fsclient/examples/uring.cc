// SPDX-License-Identifier: MIT
// The same by io_uring: a read of the handle takes a unit as soon as there is
// one, and a write gives it.  No thread blocks meanwhile.
//
//   uring NAME [ROUNDS]
#include <liburing.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <thread>

#include "ksem/semaphore.h"

namespace {

void check(int result, const char* what) {
  if (result >= 0) return;
  throw std::system_error(-result, std::generic_category(), what);
}

class Ring {
 public:
  Ring() { check(io_uring_queue_init(8, &ring_, 0), "io_uring"); }
  ~Ring() { io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  io_uring_sqe* next() { return io_uring_get_sqe(&ring_); }

  // What the request has come to: a negative errno, or how many bytes.
  int result() {
    io_uring_submit(&ring_);
    io_uring_cqe* done = nullptr;
    check(io_uring_wait_cqe(&ring_, &done), "io_uring_wait_cqe");
    const int result = done->res;
    io_uring_cqe_seen(&ring_, done);
    return result;
  }

 private:
  io_uring ring_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "Usage: uring NAME [ROUNDS]\n";
    return 2;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;

  try {
    auto jobs = ksem::Semaphore::open_or_create(argv[1], 1, 1,
                                                {.via = ksem::Via::kHandle});
    Ring ring;
    char text[8];  // for what a read of the handle gives: "1\n"
    for (int round = 1; round <= rounds; round++) {
      io_uring_prep_read(ring.next(), jobs.native_handle(), text, sizeof(text),
                         0);
      check(ring.result(), "take");
      std::cout << "uring: round " << round << std::endl;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      io_uring_prep_write(ring.next(), jobs.native_handle(), "1\n", 2, 0);
      check(ring.result(), "give");
    }
  } catch (const std::system_error& error) {
    std::cerr << "uring: " << error.what() << "\n";
    return 1;
  }
}

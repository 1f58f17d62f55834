// SPDX-License-Identifier: MIT
// Two who hand over to each other, each blocked while it isn't its turn.
#ifndef TOOLS_BENCH_PINGPONG_H_
#define TOOLS_BENCH_PINGPONG_H_

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tools/bench/measure.h"

namespace ksem_bench {

template <class Primitive>
void answer(Primitive& ping, Primitive& pong, int times) {
  for (int i = 0; i < times; ++i) {
    ping.acquire();
    pong.release();
  }
}

template <class Primitive>
double ask(Primitive& ping, Primitive& pong, int runs, int rounds) {
  return best(runs, rounds, [&ping, &pong] {
    ping.release();
    pong.acquire();
  });
}

// What a round takes, which is two hand-overs, with another thread.
template <class Primitive>
double pingpong(Primitive& ping, Primitive& pong, int runs, int rounds) {
  std::jthread other([&] { answer(ping, pong, runs * rounds); });
  return ask(ping, pong, runs, rounds);
}

// The same with another process.
template <class Primitive>
double pingpong_process(Primitive& ping, Primitive& pong, int runs,
                        int rounds) {
  const pid_t other = fork();
  check(other >= 0, "fork");
  if (other == 0) {
    answer(ping, pong, runs * rounds);
    _exit(0);
  }
  const double figure = ask(ping, pong, runs, rounds);
  check(waitpid(other, nullptr, 0) == other, "waitpid");
  return figure;
}

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_PINGPONG_H_

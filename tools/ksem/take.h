// SPDX-License-Identifier: MIT
// Taking units so that no signal can come between having them and knowing it.
#ifndef TOOLS_KSEM_TAKE_H_
#define TOOLS_KSEM_TAKE_H_

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

#include "ksem/semaphore.h"
#include "tools/ksem/signals.h"

namespace ksem_tool {

// When a wait ends without units; nothing: never.
using Until = std::optional<Clock::time_point>;

// What is to be taken, of one semaphore or of several.
struct Wanted {
  std::function<bool()> try_take;
  // False: stopped, or the time is up; nothing is taken.
  std::function<bool(std::stop_token, const Until&)> take;
  std::function<void()> give_back;
};

Wanted units_of(ksem::Semaphore& sem, int units);

struct Patience {
  std::optional<std::chrono::nanoseconds> timeout;
  // Called once, if it has to wait for more than a second; may be empty.
  std::function<void()> notice;
};

struct Taking {
  bool taken = false;
  int signal = 0;  // what ended the wait, if it was a signal; else time is up
};

// Blocks until the units are ours, the time is up or a signal arrives.
Taking take(const Wanted& wanted, const Patience& patience,
            const Signals& signals);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_TAKE_H_

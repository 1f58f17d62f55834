// SPDX-License-Identifier: MIT
// Taking units so that no signal can come between having them and knowing it.
#ifndef TOOLS_KSEM_TAKE_H_
#define TOOLS_KSEM_TAKE_H_

#include <chrono>
#include <optional>

#include "ksem/semaphore.h"
#include "tools/ksem/signals.h"

namespace ksem_tool {

struct Taking {
  bool taken = false;
  int signal = 0;  // what ended the wait, if it was a signal; else time is up
};

// Blocks until the units are ours, the time is up or a signal arrives.
Taking take(ksem::Semaphore& sem, int units,
            std::optional<std::chrono::nanoseconds> timeout,
            const Signals& signals);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_TAKE_H_

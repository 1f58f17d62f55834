// SPDX-License-Identifier: MIT
#include "fsclient/src/forks.h"

#include <pthread.h>

#include <atomic>

namespace ksem::internal {
namespace {

std::atomic<unsigned> count{0};

// Asking the kernel who we are would cost a system call an operation.
[[maybe_unused]] const int registered = pthread_atfork(
    nullptr, nullptr, [] { count.fetch_add(1, std::memory_order_relaxed); });

}  // namespace

unsigned forks() { return count.load(std::memory_order_relaxed); }

}  // namespace ksem::internal

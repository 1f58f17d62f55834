// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_REGISTER_H_
#define KSEM_PRELOAD_SRC_REGISTER_H_

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>

#include "fsclient/preload/src/descriptors.h"

namespace ksem_preload {

// A descriptor with a higher number isn't kept.
inline constexpr unsigned kNumbers = 1U << 16;

// What both libraries share. All zeros to begin with, so pages that nobody
// touches cost nothing. A member that changes its place or meaning changes the
// name below, too.
struct Register {
  // The lock, the signals that its holder had blocked before, and which thread
  // that is; 0 if there is none.
  pthread_mutex_t mutex;
  sigset_t blocked_before;
  std::atomic<pthread_t> holder;
  bool holds_off_forks;
  void (*in_child)();

  // Whose descriptors these are: a child of vfork() has others with the same
  // memory.
  std::atomic<pid_t> process;
  // From here to there are all of ours.
  std::atomic<unsigned> begin;
  std::atomic<unsigned> end;
  // By number; null if it isn't ours.
  std::atomic<Owner*> owners[kNumbers];
  // What each was entered for: the number may be another file's by now, if ours
  // was closed past us. 0 if nobody can tell.
  std::atomic<uint64_t> files[kNumbers];
};

}  // namespace ksem_preload

extern "C" __attribute__((visibility("default")))
ksem_preload::Register ksem_preload_register_2;

#endif  // KSEM_PRELOAD_SRC_REGISTER_H_

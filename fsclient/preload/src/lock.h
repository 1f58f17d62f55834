// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_LOCK_H_
#define KSEM_PRELOAD_SRC_LOCK_H_

namespace ksem_preload {

// One thread of this process at a time, and no fork() meanwhile. Without signal
// handlers: these may call semop() or fork(), and would wait for the thread
// that they have interrupted. Nothing done so takes long.
class Locked {
 public:
  Locked();
  ~Locked();
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  // Functions that the program has called at a fork() find it held by their own
  // thread.
  const bool held_already_;
};

// In a child, `function` is called before the lock is given up. Once, under the
// lock.
void AtFork(void (*function)());

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_LOCK_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_LOCK_H_
#define KSEM_SYSV_SRC_LOCK_H_

namespace ksem_sysv {

// One thread of this process at a time, without signal handlers: these may call
// semop(), and would wait for the thread that they have interrupted. Nothing
// done so takes long.
class Locked {
 public:
  Locked();
  ~Locked();
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

// No fork() comes between what is done under the lock; in the child, `function`
// is called before it is given up. Once, under the lock; false with errno set.
bool AtFork(void (*function)());

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_LOCK_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_DOOR_H_
#define KSEM_SYSV_SRC_DOOR_H_

#include <atomic>

#include "fsclient/preload/src/device.h"

namespace ksem_sysv {

// A descriptor that this process keeps. The program may close it, as daemons
// close all they can think of, and get its number for something else: whose
// number it is tells what it is the number of. All zeros is a door that has
// never been opened. What changes it is done under the lock.
class Door {
 public:
  // 0 if there is none: none of ours is below 3.
  int number() const { return number_.load(std::memory_order_acquire); }
  const ksem_preload::Identity& identity() const { return identity_; }

  // Takes a descriptor. False, with errno set and it closed, if it is -1 or
  // can't be told from others.
  bool Set(int fd);
  // Again, if it is the same that it was; otherwise it is closed: EIDRM.
  bool SetAgain(int fd);

  bool IsOpen() const;
  // If it is still ours.
  void Close();
  // It isn't.
  void Lose() { number_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<int> number_ = 0;
  ksem_preload::Identity identity_;
};

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_DOOR_H_

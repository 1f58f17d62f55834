// SPDX-License-Identifier: MIT
#ifndef KSEM_SYSV_SRC_DOOR_H_
#define KSEM_SYSV_SRC_DOOR_H_

#include <atomic>

#include "fsclient/preload/src/descriptors.h"

namespace ksem_sysv {

// A descriptor that this process keeps. Past the register (descriptors.h) the
// program may close it, and get its number for something else. All zeros is a
// door that has never been opened. What changes it is done under the lock.
class Door {
 public:
  // 0 if there is none: none of ours is below 3.
  int number() const { return number_.load(std::memory_order_acquire); }

  // Takes a descriptor that is entered in the register. False if it is -1.
  bool Set(int fd);

  bool IsOpen() const;
  // If it is still ours.
  void Close();
  // In a child: the same anew, for an account of its own. Closed if that can't
  // be.
  void Renew();
  // It isn't.
  void Lose() { ksem_preload::Lose(&number_); }

 private:
  ksem_preload::Owner number_ = ksem_preload::kNoDescriptor;
};

}  // namespace ksem_sysv

#endif  // KSEM_SYSV_SRC_DOOR_H_

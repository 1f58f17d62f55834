// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/door.h"

#include <errno.h>

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::Identify;
using ksem_preload::Identity;

bool Door::Set(int fd) {
  if (fd < 0) return false;
  if (!Identify(fd, &identity_)) {
    CloseFile(fd);
    return false;
  }
  number_.store(fd, std::memory_order_release);
  return true;
}

bool Door::SetAgain(int fd) {
  if (fd < 0) return false;
  Identity identity;
  if (!Identify(fd, &identity) || identity != identity_) {
    CloseFile(fd);
    errno = EIDRM;
    return false;
  }
  number_.store(fd, std::memory_order_release);
  return true;
}

bool Door::IsOpen() const {
  Identity identity;
  return number() != 0 && Identify(number(), &identity) &&
         identity == identity_;
}

void Door::Close() {
  const int error = errno;
  if (IsOpen()) CloseFile(number());
  Lose();
  errno = error;
}

}  // namespace ksem_sysv

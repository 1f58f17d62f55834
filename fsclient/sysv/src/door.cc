// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/door.h"

#include <errno.h>
#include <sys/syscall.h>

#include "fsclient/preload/src/system.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_sysv {

using ksem_preload::CloseFile;
using ksem_preload::Enter;
using ksem_preload::IsOurs;
using ksem_preload::SetOwner;
using ksem_preload::SystemCall;

bool Door::Set(int fd) {
  if (fd < 0) return false;
  SetOwner(fd, &number_);
  return true;
}

bool Door::IsOpen() const { return IsOurs(number()); }

void Door::Close() {
  const int error = errno;
  const int closing = IsOpen() ? number() : -1;
  Lose();
  CloseFile(closing);
  errno = error;
}

void Door::Renew() {
  if (!IsOpen()) return Lose();
  const long again = SystemCall(SYS_ioctl, number(), KSEM_IOC_AGAIN, 0);
  Close();
  Set(Enter(static_cast<int>(again)));
}

}  // namespace ksem_sysv

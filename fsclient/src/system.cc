// SPDX-License-Identifier: MIT
#include "fsclient/src/system.h"

namespace ksem::internal {
namespace {

constexpr int kHigh = 512;
constexpr int kLowest = STDERR_FILENO + 1;

int duplicate(int fd, int least) {
  return or_errno(fcntl(fd, F_DUPFD_CLOEXEC, least));
}

}  // namespace

int move_up(int fd) {
  if (fd < 0) return fd;
  // A limit of less (ulimit -n) leaves what is below.
  int moved = -EMFILE;
  for (int least = kHigh; moved < 0 && least > kLowest; least /= 2) {
    moved = duplicate(fd, least);
  }
  if (moved < 0 && fd >= kLowest) return fd;
  if (moved < 0) moved = duplicate(fd, kLowest);
  close_now(fd);
  return moved;
}

}  // namespace ksem::internal

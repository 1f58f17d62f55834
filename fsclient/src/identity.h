// SPDX-License-Identifier: MIT
// Which file a descriptor's number is of.  A program can close descriptors that
// it doesn't know; then the number is another file's, sooner or later.
#ifndef KSEM_SRC_IDENTITY_H_
#define KSEM_SRC_IDENTITY_H_

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

#include "fsclient/src/system.h"

namespace ksem::internal {

// 32 bits are enough to tell two files apart, and leave room for the number
// beside them.
inline std::uint32_t identity_of(const struct stat& file) {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  const std::uint64_t mixed =
      (static_cast<std::uint64_t>(file.st_dev) * kSpread ^ file.st_ino) *
      kSpread;
  return static_cast<std::uint32_t>(mixed >> 32) | 1;
}

// Of the file that is open there; 0 if none is.
inline std::uint32_t identity_of(int fd) {
  struct stat file;
  return fd < 0 || fstat(fd, &file) != 0 ? 0 : identity_of(file);
}

// Whether it still is that file, and has a name: 0, ESTALE or ENOENT.
inline int check_named(int fd, std::uint32_t identity) {
  struct stat file;
  if (fd < 0 || fstat(fd, &file) != 0 || identity_of(file) != identity) {
    return ESTALE;
  }
  return file.st_nlink > 0 ? 0 : ENOENT;
}

// Only if it is still that file.
inline void close_own(int fd, std::uint32_t identity) {
  if (identity_of(fd) == identity) close_now(fd);
}

}  // namespace ksem::internal

#endif  // KSEM_SRC_IDENTITY_H_

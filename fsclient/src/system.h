// SPDX-License-Identifier: MIT
// System calls that return a negative errno.
//
// The C library's open, read, write and close are cancellation points: they may
// be left by unwinding, even when they have done their work.  Those that don't
// block are called past it, so a destructor may use them and nothing is lost.
#ifndef KSEM_SRC_SYSTEM_H_
#define KSEM_SRC_SYSTEM_H_

#include <cstddef>
#include <string_view>

namespace ksem::internal {

// Closed on exec.
int open_at(int directory, const char* path, int flags);
int read_some(int fd, char* data, std::size_t size);
// At offset 0; the offset of the open file is neither used nor locked.
int write_now(int fd, std::string_view text);
void close_now(int fd);

// The one cancellation point.  What it writes moves the file's offset.
int write_blocking(int fd, std::string_view text);

}  // namespace ksem::internal

#endif  // KSEM_SRC_SYSTEM_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_BEGINNING_H_
#define KSEM_PRELOAD_SRC_BEGINNING_H_

#include <cstddef>

namespace ksem_preload {

// Reads what fits of a text of /proc, and ends it with a 0. False with errno
// set. Not a cancellation point.
bool ReadBeginning(const char* path, char* text, std::size_t size);

template <std::size_t kSize>
bool ReadBeginning(const char* path, char (&text)[kSize]) {
  return ReadBeginning(path, text, kSize);
}

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_BEGINNING_H_

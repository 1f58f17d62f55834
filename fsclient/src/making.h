// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_MAKING_H_
#define KSEM_SRC_MAKING_H_

#include <string>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem::internal {

// Makes a semaphore by mkdir of `path`.  It has the settings from its first
// moment on: they are left at KSEM_CONTROL beforehand.  Without settings it
// takes no more than mkdir.  Returns 0 or an errno; ENODEV if KSEM_CONTROL is
// missing, ENOENT if no semaphore can be there.
int make_directory(const std::string& path, const ksem_settings& settings);

}  // namespace ksem::internal

#endif  // KSEM_SRC_MAKING_H_

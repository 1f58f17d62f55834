// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_EXPORT_H_
#define KSEM_POSIX_SRC_EXPORT_H_

// What programs see; all else is hidden.
#define KSEM_POSIX_EXPORT extern "C" __attribute__((visibility("default")))

#endif  // KSEM_POSIX_SRC_EXPORT_H_

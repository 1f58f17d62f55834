// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_EXPORT_H_
#define KSEM_PRELOAD_SRC_EXPORT_H_

// What programs see; all else is hidden.
#define KSEM_PRELOAD_EXPORT extern "C" __attribute__((visibility("default")))

#endif  // KSEM_PRELOAD_SRC_EXPORT_H_

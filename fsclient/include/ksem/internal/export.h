// SPDX-License-Identifier: MIT
// What a shared library made of these sources with -fvisibility=hidden exports.
// Not for use by others.
#ifndef KSEM_INTERNAL_EXPORT_H_
#define KSEM_INTERNAL_EXPORT_H_

#define KSEM_API __attribute__((visibility("default")))

#endif  // KSEM_INTERNAL_EXPORT_H_

// SPDX-License-Identifier: MIT
// The version of ksem: of the module, the command, the library and the
// packages. Makefile takes it from here; tools/install/version_test.sh compares
// it with those that can't.
#ifndef KSEM_VERSION_H_
#define KSEM_VERSION_H_

#define KSEM_VERSION_MAJOR 0
#define KSEM_VERSION_MINOR 1
#define KSEM_VERSION_PATCH 0

#define KSEM_VERSION "0.1.0"

#endif  // KSEM_VERSION_H_

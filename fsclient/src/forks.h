// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_FORKS_H_
#define KSEM_SRC_FORKS_H_

namespace ksem::internal {

// How many forks lie between the program's start and this process.
unsigned forks();

}  // namespace ksem::internal

#endif  // KSEM_SRC_FORKS_H_

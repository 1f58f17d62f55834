// SPDX-License-Identifier: MIT
#ifndef KSEM_POSIX_SRC_POST_H_
#define KSEM_POSIX_SRC_POST_H_

#include <semaphore.h>

namespace ksem_posix {

int PostInKernel(const sem_t* sem);

}  // namespace ksem_posix

#endif  // KSEM_POSIX_SRC_POST_H_

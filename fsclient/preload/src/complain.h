// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_COMPLAIN_H_
#define KSEM_PRELOAD_SRC_COMPLAIN_H_

namespace ksem_preload {

// Says, on standard error, what no errno can tell; once in a process for each
// `text`, which has to be a constant. Safe in a signal handler. Keeps errno.
void Complain(const char* where, const char* name, const char* text);

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_COMPLAIN_H_

// SPDX-License-Identifier: MIT
// What is said while a command has to wait.
#ifndef TOOLS_KSEM_NOTICE_H_
#define TOOLS_KSEM_NOTICE_H_

#include <functional>
#include <string>
#include <vector>

#include "tools/ksem/portion.h"

namespace ksem_tool {

// For Patience: what is waited for, and what to type to get on, on standard
// error.  Empty if that is no terminal, unless it is to be said anywhere.
std::function<void()> waiting_notice(const char* verb,
                                     const std::vector<Portion>& portions,
                                     bool anywhere);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_NOTICE_H_

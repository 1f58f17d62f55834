// SPDX-License-Identifier: MIT
#ifndef KSEM_TESTS_SUPPORT_EVENTUALLY_H_
#define KSEM_TESTS_SUPPORT_EVENTUALLY_H_

#include <functional>

namespace ksem_test {

// Waits until `condition` holds; false if it doesn't within a time that only a
// hang exceeds, on however slow a machine.
bool Eventually(const std::function<bool()>& condition);

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_EVENTUALLY_H_

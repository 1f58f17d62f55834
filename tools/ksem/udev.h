// SPDX-License-Identifier: MIT
// The rules that keep udev from taking the access of devices back.
#ifndef TOOLS_KSEM_UDEV_H_
#define TOOLS_KSEM_UDEV_H_

#include <set>
#include <string>
#include <vector>

#include "tools/ksem/declared.h"

namespace ksem_tool {

// A rule for each that says who may use its device.  It doesn't hold for a
// device that a user other than root has made.
std::string udev_rules(const std::vector<const Declared*>& declared);

// The rules that are there, but for these names.
std::string udev_rules_but_of(const std::set<std::string>& names);

// Makes them udev's, before it returns; nothing where there is no udev.  Throws
// Failure.
void install_udev_rules(const std::string& rules);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_UDEV_H_

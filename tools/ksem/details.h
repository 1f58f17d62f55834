// SPDX-License-Identifier: MIT
// All that can be known of a semaphore without taking anything.
#ifndef TOOLS_KSEM_DETAILS_H_
#define TOOLS_KSEM_DETAILS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ksem/semaphore.h"
#include "tools/ksem/reading.h"

namespace ksem_tool {

// As the kernel names them in /sys/class/ksem/NAME, in the order to show them.
inline constexpr const char* kCounters[] = {
    "acquired",    "posted",        "contended",  "timeouts",
    "interrupted", "wait_ns_total", "wait_ns_max"};

struct Details {
  Reading reading;
  bool record = false;
  bool undo = false;
  bool mappable = true;
  // Of the device: nothing where there is none.
  std::optional<unsigned> mode;
  std::optional<unsigned> group;
  std::optional<unsigned> owner;
  std::vector<std::optional<std::uint64_t>> counters;  // as kCounters
};

// Throws ENOENT if there is none.
Details read_details(const std::string& name);

// Of all there are, in natural order of their names.
std::vector<Details> read_all_details();

// The settings that are not as asked, "max 5 (asked: 1), fair 0 (asked: 1)".
// What wasn't asked doesn't count, nor does the value.
std::string differences(const ksem::Settings& asked, const Details& there);

// Whether the devices are those of the semaphores at ksem::root().
bool has_devices();
std::string device_path(const std::string& name);
std::string directory_path(const std::string& name);
// Whether there is one of that name, as far as the caller may look.
bool is_there(const std::string& name);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_DETAILS_H_

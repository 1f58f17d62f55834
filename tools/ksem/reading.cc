// SPDX-License-Identifier: MIT
#include "tools/ksem/reading.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ksem_tool {

Reading read(const std::string& name) {
  // Anybody may read the files; a handle would have to be asked for first.
  const auto sem = ksem::Semaphore::open(name, {.via = ksem::Via::kFiles});
  return {name,        sem.value(), sem.max(),        sem.waiters(),
          sem.order(), sem.fair(),  sem.is_shutdown()};
}

std::optional<Reading> read_if_there(const std::string& name) {
  try {
    return read(name);
  } catch (const std::system_error& error) {
    if (error.code().value() != ENOENT) throw;
    return std::nullopt;
  }
}

std::optional<std::uint64_t> read_acquired(const std::string& name) {
  try {
    return ksem::Semaphore::open(name, {.via = ksem::Via::kFiles})
        .counters()
        .acquired;
  } catch (const std::system_error&) {  // gone, or of another root
    return std::nullopt;
  }
}

std::vector<std::string> all_names() {
  std::vector<std::string> names = ksem::Semaphore::list();
  std::sort(names.begin(), names.end(), NaturalOrder());
  return names;
}

bool NaturalOrder::operator()(const std::string& a,
                              const std::string& b) const {
  return strverscmp(a.c_str(), b.c_str()) < 0;
}

const char* order_name(ksem::Order order) {
  return order == ksem::Order::kPriority ? "priority" : "fifo";
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
// What the files of a semaphore say, without waiting on it.
#ifndef TOOLS_KSEM_READING_H_
#define TOOLS_KSEM_READING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ksem/semaphore.h"

namespace ksem_tool {

struct Reading {
  std::string name;
  int value = 0;
  int max = ksem::kMax;
  int waiters = 0;
  ksem::Order order = ksem::Order::kFifo;
  bool fair = true;
  bool shutdown = false;

  bool operator==(const Reading&) const = default;
};

// Throws ENOENT if there is none.
Reading read(const std::string& name);

// Nothing if it has gone meanwhile.
std::optional<Reading> read_if_there(const std::string& name);

// Units that have been taken of it since it was made; nothing where that can't
// be known.
std::optional<std::uint64_t> read_acquired(const std::string& name);

// Numbers in names count as numbers: s2 comes before s10.
struct NaturalOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};

// Of all there are, in natural order.
std::vector<std::string> all_names();

const char* order_name(ksem::Order order);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_READING_H_

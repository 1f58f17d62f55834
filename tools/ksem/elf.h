// SPDX-License-Identifier: MIT
// What the headers of a program or a library say.
#ifndef TOOLS_KSEM_ELF_H_
#define TOOLS_KSEM_ELF_H_

#include <optional>
#include <string>

namespace ksem_tool {

struct Elf {
  int bits = 64;
  unsigned machine = 0;
  // Names a dynamic loader.  Not looked for where `bits` are not our own.
  bool has_loader = false;
};

// Nothing if it can't be read or is something else.
std::optional<Elf> read_elf(const std::string& path);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_ELF_H_

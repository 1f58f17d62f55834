// SPDX-License-Identifier: MIT
// What the headers of a program or a library say.
#ifndef TOOLS_KSEM_ELF_H_
#define TOOLS_KSEM_ELF_H_

#include <optional>
#include <string>
#include <vector>

namespace ksem_tool {

struct Elf {
  int bits = 64;
  unsigned machine = 0;
  // What follows isn't looked for where `bits` are not our own.
  std::string loader;               // the dynamic loader that it names
  std::string name;                 // of a library: the one it goes by
  std::vector<std::string> needed;  // libraries
};

// Nothing if it can't be read or is something else.
std::optional<Elf> read_elf(const std::string& path);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_ELF_H_

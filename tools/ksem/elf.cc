// SPDX-License-Identifier: MIT
#include "tools/ksem/elf.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>

namespace ksem_tool {
namespace {

constexpr int kOurBits = __ELF_NATIVE_CLASS;

template <typename Struct>
bool read(std::ifstream& file, Struct& into) {
  return static_cast<bool>(
      file.read(reinterpret_cast<char*>(&into), sizeof(into)));
}

bool names_loader(std::ifstream& file, const ElfW(Ehdr) & header) {
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (unsigned i = 0; i < header.e_phnum; i++) {
    ElfW(Phdr) segment;
    if (!read(file, segment)) return false;
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

}  // namespace

std::optional<Elf> read_elf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header;
  if (!read(file, header)) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  // The machine is at the same place whatever the bits.
  Elf elf{.bits = header.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64,
          .machine = header.e_machine};
  if (elf.bits == kOurBits) elf.has_loader = names_loader(file, header);
  return elf;
}

}  // namespace ksem_tool

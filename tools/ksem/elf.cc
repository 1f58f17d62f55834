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

using Segments = std::vector<ElfW(Phdr)>;

Segments segments_of(std::ifstream& file, const ElfW(Ehdr) & header) {
  Segments segments(header.e_phnum);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (auto& segment : segments) {
    if (!read(file, segment)) return {};
  }
  return segments;
}

// Up to the 0; empty if there is nothing.
std::string string_at(std::ifstream& file, ElfW(Off) where) {
  std::string text;
  file.clear();
  file.seekg(static_cast<std::streamoff>(where));
  std::getline(file, text, '\0');
  return text;
}

// Where in the file an address of the program comes from.
ElfW(Off) place_of(const Segments& segments, ElfW(Addr) address) {
  for (const auto& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  return 0;
}

void read_dynamic(std::ifstream& file, const Segments& segments,
                  const ElfW(Phdr) & dynamic, Elf& elf) {
  ElfW(Off) strings = 0, name = 0;
  std::vector<ElfW(Off)> needed;
  file.clear();
  file.seekg(static_cast<std::streamoff>(dynamic.p_offset));
  ElfW(Dyn) entry;
  while (read(file, entry) && entry.d_tag != DT_NULL) {
    if (entry.d_tag == DT_STRTAB) {
      strings = place_of(segments, entry.d_un.d_ptr);
    } else if (entry.d_tag == DT_SONAME) {
      name = entry.d_un.d_val;
    } else if (entry.d_tag == DT_NEEDED) {
      needed.push_back(entry.d_un.d_val);
    }
  }
  if (!strings) return;
  if (name) elf.name = string_at(file, strings + name);
  for (const auto offset : needed) {
    elf.needed.push_back(string_at(file, strings + offset));
  }
}

void read_segments(std::ifstream& file, const ElfW(Ehdr) & header, Elf& elf) {
  const Segments segments = segments_of(file, header);
  for (const auto& segment : segments) {
    if (segment.p_type == PT_INTERP) {
      elf.loader = string_at(file, segment.p_offset);
    } else if (segment.p_type == PT_DYNAMIC) {
      read_dynamic(file, segments, segment, elf);
    }
  }
}

}  // namespace

std::optional<Elf> read_elf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header;
  if (!read(file, header)) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  // The machine is at the same place whatever the bits.
  Elf elf;
  elf.bits = header.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
  elf.machine = header.e_machine;
  if (elf.bits == kOurBits) read_segments(file, header, elf);
  return elf;
}

}  // namespace ksem_tool

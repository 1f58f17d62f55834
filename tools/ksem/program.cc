// SPDX-License-Identifier: MIT
#include "tools/ksem/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

#include "tools/ksem/elf.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

bool is_file(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string search_path() {
  if (const char* const path = std::getenv("PATH")) return path;
  std::string standard(confstr(_CS_PATH, nullptr, 0), '\0');
  confstr(_CS_PATH, standard.data(), standard.size());
  standard.pop_back();
  return standard;
}

// What the line "#!" at the beginning of a script names; empty if there is
// none.
std::string named_interpreter(const std::string& script) {
  std::ifstream file(script, std::ios::binary);
  std::string mark(2, '\0'), line, name;
  if (!file.read(mark.data(), 2) || mark != "#!") return "";
  std::getline(file, line);
  std::istringstream(line) >> name;
  return name;
}

// The file that becomes the process.
std::string executed_file(std::string path) {
  // The kernel gives up after as many.
  for (int scripts = 0; scripts < 5 && is_file(path); scripts++) {
    const std::string interpreter = named_interpreter(path);
    if (interpreter.empty()) break;
    path = interpreter;
  }
  return path;
}

// What makes the kernel tell the loader not to trust the environment.
std::string gains_rights(const std::string& path) {
  struct stat info;
  struct statvfs mount;
  if (stat(path.c_str(), &info) != 0 || statvfs(path.c_str(), &mount) != 0 ||
      (mount.f_flag & ST_NOSUID)) {
    return "";
  }
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0) {
    const bool set_user = info.st_mode & S_ISUID;
    if (set_user && info.st_uid != getuid()) return "set-user-ID";
    // Without S_IXGRP it means something else.
    const bool set_group = (info.st_mode & S_ISGID) && (info.st_mode & S_IXGRP);
    if (set_group && info.st_gid != getgid()) return "set-group-ID";
  }
  // Root has all of them already.
  if (getuid() != 0 &&
      getxattr(path.c_str(), "security.capability", nullptr, 0) > 0) {
    return "given capabilities";
  }
  return "";
}

// As it is called on x86, ARM and others; on s390x and ppc64el; on MIPS.
constexpr std::string_view kLoadersOfGlibc[] = {"ld-linux", "ld64.so.",
                                                "ld.so."};

bool is_of_glibc(std::string_view loader) {
  return std::any_of(
      std::begin(kLoadersOfGlibc), std::end(kLoadersOfGlibc),
      [&](std::string_view begin) { return loader.starts_with(begin); });
}

bool is_loader(const Elf& elf) {
  return elf.loader.empty() && is_of_glibc(elf.name);
}

std::string base_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::string reason(const std::string& file, const std::string& library) {
  if (const std::string gains = gains_rights(file); !gains.empty()) {
    return "is " + gains + ", so nothing can be preloaded into it";
  }
  const auto program = read_elf(file);
  const auto preload = read_elf(library);
  if (!program || !preload) return "";
  if (program->bits != preload->bits) {
    return "is a program of " + std::to_string(program->bits) + " bits, and " +
           library + " is of " + std::to_string(preload->bits);
  }
  if (program->machine != preload->machine) {
    return "is for another kind of machine than " + library;
  }
  if (is_loader(*program)) return "";
  if (program->loader.empty()) {
    return "is statically linked, so nothing can be preloaded into it";
  }
  if (!is_of_glibc(base_name(program->loader))) {
    return "is linked with another C library than " + library +
           ": its dynamic loader is " + printable(program->loader);
  }
  return "";
}

}  // namespace

std::string find_program(const std::string& word) {
  if (word.empty() || word.find('/') != std::string::npos) return word;
  std::istringstream folders(search_path() + ":");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = (folder.empty() ? "." : folder) + "/" + word;
    if (is_file(path) && access(path.c_str(), X_OK) == 0) return path;
  }
  return word;
}

std::string not_preloadable(const std::string& program,
                            const std::vector<std::string>& words,
                            const std::string& library) {
  const std::string file = executed_file(program);
  if (!is_file(file)) return "";
  const std::string why = reason(file, library);
  if (!why.empty()) {
    return printable(program) +
           (file == program ? ""
                            : ": its interpreter, " + printable(file) + ",") +
           " " + why;
  }
  // Behind options of the loader's the program isn't looked for.
  const auto elf = read_elf(file);
  if (!elf || !is_loader(*elf) || words.size() < 2 ||
      words[1].starts_with("-")) {
    return "";
  }
  return not_preloadable(words[1], {words.begin() + 1, words.end()}, library);
}

std::string to_come_first(const std::string& program) {
  const auto elf = read_elf(executed_file(program));
  if (!elf) return "";
  for (const std::string& name : elf->needed) {
    if (name.starts_with("libasan.so") ||
        name.starts_with("libclang_rt.asan")) {
      return name;
    }
  }
  return "";
}

}  // namespace ksem_tool

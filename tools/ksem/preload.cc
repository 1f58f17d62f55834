// SPDX-License-Identifier: MIT
#include "tools/ksem/preload.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using std::filesystem::path;

constexpr struct {
  const char* file;
  const char* source;  // the folder it is built from
  const char* mode;
  const char* prefix;
} kLibraries[] = {
    {"libksem-posix.so", "fsclient/posix", "KSEM_POSIX_MODE",
     "KSEM_POSIX_PREFIX"},
    {"libksem-sysv.so", "fsclient/sysv", "KSEM_SYSV_MODE", "KSEM_SYSV_PREFIX"},
};

}  // namespace

std::vector<Library> installed_libraries() {
  std::error_code error;
  const path ours = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw NoLibrary("/proc/self/exe: " + error.message());
  const path beside = ours.parent_path();
  const path above = beside.parent_path();
  std::vector<Library> found;
  std::string looked;
  for (const auto& library : kLibraries) {
    // The second is where packages have it, the last where Bazel leaves it, two
    // folders from tools/ksem.
    for (const path& folder : {beside, above / "lib/ksem", above / "lib",
                               above.parent_path() / library.source}) {
      const path file = folder / library.file;
      if (access(file.c_str(), R_OK) == 0) {
        found.push_back({file, library.mode, library.prefix});
        break;
      }
      looked += "\n  " + printable(file.native());
    }
  }
  if (found.empty()) {
    throw NoLibrary("there is no library to preload; one of these has to be:" +
                    looked);
  }
  return found;
}

void preload(const std::vector<Library>& libraries, const std::string& first) {
  std::string list = first;
  const auto add = [&list](const std::string& path) {
    if (!path.empty()) list += (list.empty() ? "" : ":") + path;
  };
  const char* const others = std::getenv("LD_PRELOAD");
  add(others ? others : "");
  for (const Library& library : libraries) {
    if (library.path.find_first_of(": ") != std::string::npos) {
      throw NoLibrary(printable(library.path) +
                      ": no place to preload from, with a colon or a space");
    }
    add(library.path);
  }
  setenv("LD_PRELOAD", list.c_str(), 1);
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include "tools/ksem/holders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace ksem_tool {
namespace {

namespace fs = std::filesystem;

// What fdinfo says of a handle.
struct Told {
  std::uint64_t identity = 0;
  std::uint64_t handle = 0;
  std::int64_t undo = 0;
  std::map<std::string, unsigned> modules;
  std::string maker;
};

template <typename Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void tell(const std::string& key, const std::string& value, Told& told) {
  if (key == "ksem-id:") {
    told.identity = number_of<std::uint64_t>(value);
  } else if (key == "ksem-handle:") {
    told.handle = number_of<std::uint64_t>(value);
  } else if (key == "ksem-undo:") {
    told.undo = number_of<std::int64_t>(value);
  } else if (key == "ksem-maker:") {
    told.maker = value;
  } else if (key == "ksem-holder:") {
    const std::size_t space = value.find(' ');
    told.modules[value.substr(0, space)] =
        number_of<unsigned>(std::string_view(value).substr(space + 1));
  }
}

Told read_fdinfo(const fs::path& path) {
  Told told;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) {
      tell(line.substr(0, tab), line.substr(tab + 1), told);
    }
  }
  return told;
}

std::string command_of(const fs::path& process) {
  std::string command;
  std::getline(std::ifstream(process / "comm"), command);
  return command;
}

// Of the device that is open; 0 if it is none.  Its path wouldn't do: in a
// chroot or a container it can be any.  No server is asked, who might not
// answer.
unsigned major_of(const fs::path& descriptor) {
  struct statx info;
  const int failed = statx(AT_FDCWD, descriptor.c_str(), AT_STATX_DONT_SYNC,
                           STATX_TYPE, &info);
  return failed || !S_ISCHR(info.stx_mode) ? 0 : info.stx_rdev_major;
}

// Its handles, each of them once; nothing if it can't be looked at.
std::optional<std::map<std::uint64_t, Told>> handles_of(const fs::path& process,
                                                        std::uint64_t identity,
                                                        unsigned major) {
  std::error_code error;
  fs::directory_iterator descriptor(process / "fd", error);
  if (error) return std::nullopt;
  std::map<std::uint64_t, Told> handles;
  for (; !error && descriptor != fs::directory_iterator();
       descriptor.increment(error)) {
    const fs::path number = descriptor->path().filename();
    // Most descriptors are of something else, and this is quicker to ask.
    if (major_of(descriptor->path()) != major) continue;
    Told told = read_fdinfo(process / "fdinfo" / number);
    if (told.identity == identity) handles[told.handle] = std::move(told);
  }
  return handles;
}

bool has_gone(const fs::path& process) {
  std::error_code error;
  return !fs::exists(process, error);
}

}  // namespace

Holders find_holders(int handle) {
  const std::string number = std::to_string(handle);
  const Told told = read_fdinfo(fs::path("/proc/self/fdinfo") / number);
  const unsigned major = major_of(fs::path("/proc/self/fd") / number);
  Holders holders;
  holders.modules = told.modules;
  holders.maker = told.maker;
  std::map<std::uint64_t, OpenHandle> handles;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto pid = number_of<unsigned>(entry->path().filename().native());
    if (pid == 0 || pid == static_cast<unsigned>(getpid())) continue;
    const auto its = handles_of(entry->path(), told.identity, major);
    if (!its) {
      holders.complete = holders.complete && has_gone(entry->path());
      continue;
    }
    for (const auto& [number, its_own] : *its) {
      OpenHandle& open = handles[number];
      open.undo = its_own.undo;
      open.processes.push_back({pid, command_of(entry->path())});
    }
  }
  for (auto& [number, open] : handles) holders.handles.push_back(open);
  // Those that hold something first.
  std::stable_partition(holders.handles.begin(), holders.handles.end(),
                        [](const OpenHandle& open) { return open.undo > 0; });
  return holders;
}

}  // namespace ksem_tool

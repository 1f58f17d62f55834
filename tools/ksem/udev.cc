// SPDX-License-Identifier: MIT
#include "tools/ksem/udev.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "tools/ksem/failure.h"
#include "tools/ksem/fd.h"

namespace ksem_tool {
namespace {

constexpr unsigned kPrivate = 0600;

// Before /etc/udev/rules.d/60-ksem.rules, which so has the last word.
constexpr char kUdev[] = "/run/udev";
constexpr char kDirectory[] = "/run/udev/rules.d";
constexpr char kFile[] = "/run/udev/rules.d/59-ksem.rules";
constexpr char kNewFile[] = "/run/udev/rules.d/59-ksem.rules.new";
constexpr char kRunning[] = "/run/udev/control";

std::string content(const char* file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const std::string& rules) {
  if (mkdir(kDirectory, 0755) != 0 && errno != EEXIST) {
    throw Failure(errno, kDirectory);
  }
  const Fd out(open(kNewFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
               kNewFile);
  if (!write_all(out.get(), rules)) throw Failure(errno, kNewFile);
  if (std::rename(kNewFile, kFile) != 0) throw Failure(errno, kFile);
}

constexpr std::string_view kBeforeName = R"(SUBSYSTEM=="ksem", KERNEL==")";

// Of a line of ours; empty if it isn't one.
std::string name_of_rule(const std::string& line) {
  if (!line.starts_with(kBeforeName)) return "";
  const std::string rest = line.substr(kBeforeName.size());
  return rest.substr(0, rest.find('"'));
}

// It looks for new rules by itself, but not more often than every three
// seconds.
void reload() {
  const char* const command[] = {"udevadm", "control", "--reload", nullptr};
  pid_t child = 0;
  int status = 0;
  const int error = posix_spawnp(&child, command[0], nullptr, nullptr,
                                 const_cast<char* const*>(command), environ);
  if (error) throw Failure(error, command[0]);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status) throw Failure("udevadm control --reload failed");
}

}  // namespace

std::string udev_rules(const std::vector<const Declared*>& declared) {
  std::string rules;
  for (const Declared* const it : declared) {
    if (!it->has_access()) continue;
    char mode[8];
    std::snprintf(mode, sizeof(mode), "%04o",
                  it->settings.mode.value_or(kPrivate));
    rules += std::string(kBeforeName) + it->name +
             R"(", ENV{KSEM_UID}=="0", OWNER=")" +
             std::to_string(it->owner.value_or(0)) + R"(", GROUP=")" +
             std::to_string(it->settings.group.value_or(0)) + R"(", MODE=")" +
             mode + "\"\n";
  }
  return rules;
}

std::string udev_rules_but_of(const std::set<std::string>& names) {
  std::istringstream lines(content(kFile));
  std::string rules;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = name_of_rule(line);
    if (!name.empty() && !names.contains(name)) rules += line + "\n";
  }
  return rules;
}

void install_udev_rules(const std::string& rules) {
  if (access(kUdev, F_OK) != 0) return;
  if (rules.empty() && access(kFile, F_OK) != 0) return;
  const std::string all =
      rules.empty() ? "" : "# Made by \"ksem apply\".\n" + rules;
  if (all != content(kFile)) write(all);
  // Also if they are the same: the last time that may have failed.
  if (access(kRunning, F_OK) == 0) reload();
}

}  // namespace ksem_tool

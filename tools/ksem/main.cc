// SPDX-License-Identifier: MIT
// ksem: semaphores of the kernel from the shell.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string_view>

#include "tools/ksem/cli.h"

namespace {

// If we were started without 0, 1 or 2, nothing of ours gets these numbers:
// what is printed would give units.  They can be neither read nor written, and
// a command finds them as we did.
void keep_standard_descriptors() {
  int fd;
  do {
    fd = open("/", O_PATH | O_CLOEXEC);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

constexpr struct {
  std::array<std::string_view, 3> verbs;
  void (*add)(ksem_tool::Cli& cli);
} kGroups[] = {
    {{"create"}, ksem_tool::add_create_verb},
    {{"rm", "set"}, ksem_tool::add_manage_verbs},
    {{"ls", "show"}, ksem_tool::add_list_verbs},
    {{"wait", "try", "post"}, ksem_tool::add_unit_verbs},
    {{"run"}, ksem_tool::add_run_verb},
    {{"exec"}, ksem_tool::add_exec_verb},
    {{"watch"}, ksem_tool::add_watch_verb},
    {{"who"}, ksem_tool::add_who_verb},
    {{"monitor"}, ksem_tool::add_monitor_verb},
    {{"apply"}, ksem_tool::add_apply_verb},
};

// All options of all verbs would be a quarter of what "ksem run" does to start:
// a verb that is asked for by its name is there without the others.
void add_verbs(ksem_tool::Cli& cli, std::string_view asked) {
  const auto has = [asked](const auto& group) {
    return std::count(group.verbs.begin(), group.verbs.end(), asked) > 0;
  };
  const bool known = !asked.empty() &&
                     std::any_of(std::begin(kGroups), std::end(kGroups), has);
  for (const auto& group : kGroups) {
    if (!known || has(group)) group.add(cli);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ksem_tool;
  keep_standard_descriptors();
  int status = kFailed;
  try {
    Cli cli;
    add_verbs(cli, argc > 1 ? argv[1] : "");
    status = cli.run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ksem: %s\n", error.what());
  }
  // A table that did not reach the disk is no success.
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    std::perror("ksem: standard output");
    if (status == kDone) status = kFailed;
  }
  return status;
}

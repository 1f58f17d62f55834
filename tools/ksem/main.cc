// SPDX-License-Identifier: MIT
// ksem: semaphores of the kernel from the shell.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

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

}  // namespace

int main(int argc, char** argv) {
  using namespace ksem_tool;
  keep_standard_descriptors();
  int status = kFailed;
  try {
    Cli cli;
    add_create_verb(cli);
    add_manage_verbs(cli);
    add_list_verbs(cli);
    add_unit_verbs(cli);
    add_run_verb(cli);
    add_exec_verb(cli);
    add_watch_verb(cli);
    add_who_verb(cli);
    add_monitor_verb(cli);
    add_apply_verb(cli);
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

// SPDX-License-Identifier: MIT
// ksem: semaphores of the kernel from the shell.
#include <cstdio>
#include <exception>

#include "tools/ksem/cli.h"

int main(int argc, char** argv) {
  using namespace ksem_tool;
  int status = kFailed;
  try {
    Cli cli;
    add_manage_verbs(cli);
    add_list_verbs(cli);
    add_unit_verbs(cli);
    add_run_verb(cli);
    add_exec_verb(cli);
    add_watch_verb(cli);
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

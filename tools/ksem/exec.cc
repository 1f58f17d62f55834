// SPDX-License-Identifier: MIT
// exec: an unchanged program whose semaphores are ours.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "tools/ksem/cli.h"
#include "tools/ksem/command.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/preload.h"
#include "tools/ksem/program.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kExec = {
    "exec", "[OPTIONS] -- PROGRAM…",
    "Run a program that knows sem_open() or semget() alone",
    R"(Becomes the program, with libksem-posix.so and libksem-sysv.so preloaded:
its named POSIX semaphores and its System V semaphores are ksem's.  What can't
work is said, and not run: no module, no library, or a program that nothing can
be preloaded into, as it is statically linked, for another machine or another C
library, or runs with rights that you lack (set-user-ID, set-group-ID,
capabilities).  Programs that it starts have the libraries, too, but are not
looked at.

  ksem exec -- ./daemon                 # sem_open("/door") means door,
                                        # semget(42, …) sysv-0000002a
  ksem exec --prefix app. -- ./daemon   # app.door, app.sysv-0000002a.0
  KSEM_SYSV_MODE=libc ksem exec -- ./daemon   # POSIX semaphores only

MODE says whose the semaphores are.  ksem, the default: ksem's.  libc: the C
library's.  auto: ksem's if the module is loaded, else the C library's.
--mode sets KSEM_POSIX_MODE and KSEM_SYSV_MODE, --prefix KSEM_POSIX_PREFIX and
KSEM_SYSV_PREFIX; without them these variables stay as they are.

Exit status: the program's own.  125 ksem failed; 126 the program cannot be
executed, or nothing be preloaded into it; 127 there is no such program.
)"};

// The libraries have none but this, whatever KSEM_ROOT says.
constexpr char kRoot[] = "/sys/kernel/config/ksem";

struct ExecOptions {
  std::string mode;
  std::string prefix;
};

void check(const ExecOptions& options) {
  const std::string& mode = options.mode;
  if (!mode.empty() && mode != "ksem" && mode != "auto" && mode != "libc") {
    throw UsageError("--mode " + mode + ": give ksem, auto or libc");
  }
  const auto in_no_name = [](unsigned char c) {
    return c == '/' || c == '!' || c < ' ' || c == 0x7f;
  };
  if (std::any_of(options.prefix.begin(), options.prefix.end(), in_no_name)) {
    throw UsageError("--prefix: no name has / or ! or a control character");
  }
}

void set_variables(const ExecOptions& options,
                   const std::vector<Library>& libraries) {
  for (const Library& library : libraries) {
    if (!options.mode.empty()) setenv(library.mode, options.mode.c_str(), 1);
    if (!options.prefix.empty()) {
      setenv(library.prefix, options.prefix.c_str(), 1);
    }
  }
}

bool has_mode(const Library& library, std::string_view wanted) {
  const char* const mode = std::getenv(library.mode);
  return mode && mode == wanted;
}

bool needs_module(const Library& library) { return !has_mode(library, "auto"); }

int fail(int status, const std::string& why) {
  std::fprintf(stderr, "ksem exec: %s\n", why.c_str());
  return status;
}

// No error: it may be that the program opens only what is there.
void warn_if_read_only() {
  if (access(kRoot, W_OK | X_OK) == 0) return;
  std::fprintf(stderr,
               "ksem exec: warning: you may not make or remove semaphores; for "
               "your group to, as root, type:\n"
               "  chgrp %u %s && chmod %s %s\n",
               getgid(), kRoot, kSharedMode, kRoot);
}

// Why the program isn't run; empty if it can be.
std::string obstacle(const std::vector<Library>& libraries) {
  if (std::none_of(libraries.begin(), libraries.end(), needs_module)) return "";
  const std::string nothing = nothing_at(kRoot);
  if (nothing.empty()) warn_if_read_only();
  return nothing;
}

int exec(const ExecOptions& options, const Words& words) {
  if (words.empty()) throw UsageError("PROGRAM is missing");
  check(options);
  try {
    std::vector<Library> libraries = installed_libraries();
    set_variables(options, libraries);
    // What is left to the C library needs none of ours.
    std::erase_if(libraries,
                  [](const Library& it) { return has_mode(it, "libc"); });
    const std::string program = find_program(words[0]);
    if (!libraries.empty()) {
      const std::string why =
          not_preloadable(program, words, libraries.front().path);
      if (!why.empty()) return fail(kCannotExecute, why);
      if (const std::string nothing = obstacle(libraries); !nothing.empty()) {
        return fail(kRunFailed, nothing);
      }
      preload(libraries, to_come_first(program));
    }
    execvp(program.c_str(), arguments(words).data());
  } catch (const NoLibrary& error) {
    return fail(kRunFailed, error.what());
  }
  return not_executed("exec",
                      CannotExecute(errno, std::generic_category(), words[0]));
}

}  // namespace

void add_exec_verb(Cli& cli) {
  const auto options = std::make_shared<ExecOptions>();
  CLI::App* const verb = cli.add_verb(
      kExec, [options](const Words& words) { return exec(*options, words); });
  verb->prefix_command();
  add_text(verb, "--mode", options->mode, "MODE", "ksem, auto or libc");
  add_text(verb, "--prefix", options->prefix, "P",
           "Put before the name of each semaphore");
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
// run: a command that holds units for as long as it runs.
#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>

#include "ksem/semaphore.h"
#include "ksem/units.h"
#include "tools/ksem/child.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/command.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/number.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/take.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kRun = {
    "run", "[OPTIONS] NAME -- COMMAND…", "Run a command while holding units",
    R"(Takes the units, runs the command, and gives them back whatever way the
command ends.  Signals sent to ksem (TERM, HUP, INT and the like) go on to the
command, and the units come back when that has ended.  While ksem still waits
for the units, a signal ends it and nothing is taken.
If ksem itself is killed by kill -9, the units come back as soon as the command
has ended, too: it inherits the handle that holds them.  A command that closes
what it inherits gives them up then; one that gives its rights away hands on a
handle by which units can be taken and given.  With --close it has no handle,
and if ksem is killed the units come back at once.  (Without permission for the
device they are lost until somebody does "ksem post NAME".)
What the command leaves running in the background holds nothing otherwise.

  ksem run build -- make -C kernel
  ksem run door --nonblock -- backup.sh || echo "one runs already"
  ksem run door -t 10s -- sh -c 'date >> log'

Exit status: the command's own; a signal that ends the command ends ksem too
(128+N in a shell), so that Ctrl-C ends a script around it.  1 no unit
(--nonblock); 124 timed out; 125 ksem failed; 126 the command cannot be
executed; 127 there is no such command.
)"};

struct RunOptions {
  std::string name;
  std::string units = "1";
  std::string timeout;
  bool nonblock = false;
  bool close = false;
};

int execute(const Words& command, const Signals& signals) {
  try {
    return run_child(command, signals);
  } catch (const CannotExecute& error) {
    return W_EXITCODE(not_executed("run", error), 0);
  }
}

// Returns false if that failed in a way that somebody has to care about.
bool give_back(ksem::Units& held, const std::string& name) {
  try {
    held.release();
    return true;
  } catch (const std::system_error& error) {
    complain(error, "run", name);
    // Nobody can wait on it any more, so nobody misses them.
    return error.code().value() == EIDRM || error.code().value() == ENOENT;
  }
}

// With undo if that can be had.  The command inherits the handle, if it is to,
// so that if we are killed the units come back when it ends, and not while it
// runs.
Semaphore open(const std::string& name, bool inherited) {
  try {
    Semaphore sem = Semaphore::open(name, {.undo = true});
    if (inherited) fcntl(sem.native_handle(), F_SETFD, 0);
    return sem;
  } catch (const std::system_error& error) {
    const int reason = error.code().value();
    if (reason != EACCES && reason != ENODEV) throw;
    return Semaphore::open(name);
  }
}

int hold_and_run(const RunOptions& options, int units,
                 std::optional<std::chrono::nanoseconds> timeout,
                 const Words& command) {
  Signals signals(ending_signals());
  Semaphore sem = open(options.name, !options.close);
  const Taking taking = take(sem, units, timeout, signals);
  if (taking.signal) return die_of(taking.signal);
  if (!taking.taken) return options.nonblock ? kNoUnit : kTimedOut;

  ksem::Units held(sem, ksem::kAdopt, units);
  const int status = execute(command, signals);
  if (!give_back(held, sem.name())) return kRunFailed;
  return WIFSIGNALED(status) ? die_of(WTERMSIG(status)) : WEXITSTATUS(status);
}

int run(const RunOptions& options, Words words) {
  RunOptions told = options;
  if (told.name.empty() && !words.empty()) {  // ksem run -- NAME COMMAND…
    told.name = words.front();
    words.erase(words.begin());
  }
  if (told.name.empty()) throw UsageError("NAME is missing");
  if (words.empty()) throw UsageError("COMMAND is missing");
  const int units = parse_number("--units", told.units, 1);
  const auto timeout =
      told.nonblock ? std::chrono::nanoseconds(0) : parse_timeout(told.timeout);
  return attempt(
      "run", told.name,
      [&] { return hold_and_run(told, units, timeout, words); }, kRunFailed);
}

}  // namespace

void add_run_verb(Cli& cli) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* const verb = cli.add_verb(
      kRun, [options](const Words& words) { return run(*options, words); });
  verb->prefix_command();
  verb->add_option("NAME", options->name, "Whose units")->type_name("");
  add_text(verb, "-n,--units", options->units, "N",
           "How many, one unless told");
  CLI::Option* const timeout =
      add_text(verb, "-t,--timeout", options->timeout, "DURATION",
               "Don't run it if the units don't come in so long");
  verb->add_flag("--nonblock", options->nonblock,
                 "Don't run it if the units are not there at once")
      ->excludes(timeout);
  verb->add_flag("-o,--close", options->close,
                 "Keep the handle from the command");
}

}  // namespace ksem_tool

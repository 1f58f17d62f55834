// SPDX-License-Identifier: MIT
// run: a command that holds units for as long as it runs.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "ksem/semaphore.h"
#include "tools/ksem/child.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/command.h"
#include "tools/ksem/details.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/notice.h"
#include "tools/ksem/number.h"
#include "tools/ksem/portion.h"
#include "tools/ksem/several.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/take.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kRun = {
    "run", "[OPTIONS] NAME[:N]… -- COMMAND…",
    "Run a command while holding units",
    R"(Takes the units, runs the command, and gives them back whatever way the
command ends.  Signals sent to ksem (TERM, HUP, INT and the like) go on to the
command, and the units come back when that has ended.  While ksem still waits
for the units, a signal ends it and nothing is taken.
If ksem itself is killed by kill -9, the units come back as soon as the command
has ended, too: it inherits the handle that holds them.  A command that closes
what it inherits gives them up then; a command that drops privileges still has a
handle that takes and gives units.  With --close it has no handle, and if ksem is
killed the units come back at once.  (Without permission for the
device they are lost until somebody does "ksem post NAME".)
What the command leaves running in the background holds nothing otherwise.
Of several semaphores it takes all in one step, or waits holding none of them;
that takes permission for their devices.
It needs permission to take units and to give them.

On a terminal it says what it waits for if that takes more than a second.

  ksem run build -- make -C kernel
  ksem run --create 1 lock -- backup.sh     # a lock, made by the first
  ksem run -j 4 build -- make               # four at a time, as GNU sem -j 4
  ksem run lock -t 10s -c 'date >> log'
  ksem run disk cores:4 -- build.sh         # both or none

Exit status: the command's own; a signal that ends the command ends ksem too
(128+N in a shell), so that Ctrl-C ends a script around it.  1 no unit
(--nonblock); 124 timed out; 125 ksem failed; 126 the command cannot be
executed; 127 there is no such command.  The command can end with 1 or 124, too:
what has to tell them apart says which status it wants for the units:

  ksem run lock --nonblock -E 99 -- backup.sh
  case $? in 0) ;; 99) echo "one runs already" ;; *) echo "it failed" ;; esac
)"};

struct RunOptions {
  const CLI::Option* named = nullptr;  // an empty name is one, too
  std::string name;
  std::string units = "1";
  std::string timeout;
  std::string create;
  std::string conflict;
  std::string shell;
  bool nonblock = false;
  bool close = false;
  bool verbose = false;
};

// What they come to.
struct Task {
  std::vector<Portion> portions;
  ksem::Settings create;  // nothing: they have to be there
  bool close;
  Patience patience;
  int conflict;
  Words command;
};

int execute(const Words& command, const Signals& signals) {
  try {
    return run_child(command, signals);
  } catch (const CannotExecute& error) {
    return W_EXITCODE(not_executed("run", error), 0);
  }
}

// Returns false if that failed in a way that somebody has to care about.
bool give_back(const Wanted& held, const std::string& name) {
  const auto complains = [](const std::system_error& error,
                            const std::string& of) {
    complain(error, "run", of);
    // Nobody can wait on it any more, so nobody misses them.
    const int reason = error.code().value();
    return reason == EIDRM || reason == ENOENT;
  };
  try {
    held.give_back();
    return true;
  } catch (const OfSemaphore& error) {
    return complains(error, error.name);
  } catch (const std::system_error& error) {
    return complains(error, name);
  }
}

Semaphore open(const Task& task, const ksem::Options& options) {
  const std::string& name = task.portions.front().name;
  if (!task.create.max) return Semaphore::open(name, options);
  if (!is_there(name)) check_place(name);
  return Semaphore::open_or_create(name, task.create, options);
}

// With undo if that can be had.  The command inherits the handle, if it is to,
// so that if we are killed the units come back when it ends, and not while it
// runs.
Semaphore open(const Task& task) {
  try {
    Semaphore sem = open(task, {.undo = true});
    if (!task.close) fcntl(sem.native_handle(), F_SETFD, 0);
    return sem;
  } catch (const std::system_error& error) {
    const int reason = error.code().value();
    if (reason != EACCES && reason != ENODEV) throw;
    return open(task, {});
  }
}

// A user that may only take units couldn't give them back.
bool may_take_and_give(const Semaphore& sem) {
  const int fd = sem.native_handle();
  if (fd >= 0) return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
  // To take them tells by itself.
  const std::string post = directory_path(sem.name()) + "/post";
  return access(post.c_str(), W_OK) == 0 || errno != EACCES;
}

void check_permission(const Semaphore& sem) {
  if (!may_take_and_give(sem)) throw OfSemaphore(EACCES, sem.name());
}

void warn_if_other(const Semaphore& sem, const Task& task) {
  const int max = sem.max();
  if (!task.create.max || max == *task.create.max) return;
  std::fprintf(stderr,
               "ksem run: %s: is there already, with max %d (asked: %d)\n",
               printable(sem.name()).c_str(), max, *task.create.max);
}

int hold_and_run(const Task& task, const Wanted& units,
                 const Signals& signals) {
  const Taking taking = take(units, task.patience, signals);
  if (taking.signal) return die_of(taking.signal);
  if (!taking.taken) return task.conflict;

  int status;
  try {
    status = execute(task.command, signals);
  } catch (...) {
    give_back(units, task.portions.front().name);
    throw;
  }
  if (!give_back(units, task.portions.front().name)) return kRunFailed;
  return WIFSIGNALED(status) ? die_of(WTERMSIG(status)) : WEXITSTATUS(status);
}

int hold_and_run(const Task& task) {
  Signals signals(ending_signals());
  if (task.portions.size() == 1) {
    Semaphore sem = open(task);
    check_permission(sem);
    warn_if_other(sem, task);
    return hold_and_run(task, units_of(sem, task.portions.front().units),
                        signals);
  }
  Several several(task.portions, Several::Which::kAll, true);
  for (const Semaphore& sem : several.semaphores()) check_permission(sem);
  if (!task.close) several.let_inherit();
  return hold_and_run(task, several.wanted(), signals);
}

ksem::Settings parse_create(const std::string& text) {
  if (text.empty()) return {};
  const int units = parse_number("--create", text, 1);
  return {.value = units, .max = units};
}

// Takes the words up to a "--" away, and that.  Returns all if there is none.
Words take_up_to_mark(Words& words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  Words before(words.begin(), mark);
  words.erase(words.begin(), mark == words.end() ? mark : mark + 1);
  return before;
}

// NAME… -- COMMAND…, or NAME COMMAND…; if nothing is before the "--", the names
// are behind it, as those that look like options: -- NAME… -- COMMAND….
Words take_names(const RunOptions& options, Words& words) {
  Words found;
  if (options.named->count() > 0) found.push_back(options.name);
  const bool marked =
      std::find(words.begin(), words.end(), "--") != words.end();
  if (marked || !options.shell.empty()) {
    for (std::string& word : take_up_to_mark(words)) {
      found.push_back(std::move(word));
    }
  }
  if (found.empty() && !words.empty()) {
    const bool by_shell = !options.shell.empty();
    if (by_shell ||
        std::find(words.begin(), words.end(), "--") != words.end()) {
      found = take_up_to_mark(words);
    }
  }
  if (found.empty()) {
    throw UsageError(
        "NAME is missing before \"--\": ksem run NAME -- COMMAND…");
  }
  return found;
}

// What is to be run, less what comes before it.
Words parse_command(const RunOptions& options, const Words& words) {
  if (!options.shell.empty()) {
    if (words.empty()) return {"/bin/sh", "-c", options.shell};
    throw UsageError("-c has the COMMAND; what is '" + words[0] + "'?");
  }
  if (words.empty()) throw UsageError("COMMAND is missing");
  return words;
}

int run(const RunOptions& options, Words words) {
  Task task;
  const Words named = take_names(options, words);
  task.portions =
      parse_portions(named, parse_number("--units", options.units, 1));
  task.command = parse_command(options, words);
  task.create = parse_create(options.create);
  if (task.create.max && task.portions.size() > 1) {
    throw UsageError("--create makes one, and several are named");
  }
  if (const int units = task.portions.front().units;
      units > task.create.max.value_or(units)) {
    throw UsageError("--create " + options.create + " makes fewer than the " +
                     std::to_string(units) + " units that are to be held");
  }
  task.close = options.close;
  task.patience = {options.nonblock ? std::chrono::nanoseconds(0)
                                    : parse_timeout(options.timeout),
                   waiting_notice("run", task.portions, options.verbose)};
  task.conflict =
      parse_status(options.conflict, options.nonblock ? kNoUnit : kTimedOut);
  return attempt(
      "run", task.portions.front().name, [&] { return hold_and_run(task); },
      kRunFailed);
}

}  // namespace

void add_run_verb(Cli& cli) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* const verb = cli.add_verb(
      kRun, [options](const Words& words) { return run(*options, words); });
  cli.names_end_at_mark(verb);
  options->named =
      verb->add_option("NAME", options->name, "Whose units")->type_name("");
  add_text(verb, "-n,--units", options->units, "N",
           "How many, where there is no :N; one unless told");
  CLI::Option* const timeout =
      add_text(verb, "-t,-w,--timeout", options->timeout, "DURATION",
               "Don't run it if the units don't come in so long");
  verb->add_flag("--nonblock", options->nonblock,
                 "Don't run it if the units are not there at once")
      ->excludes(timeout);
  add_conflict(verb, options->conflict);
  add_text(verb, "-j,--create", options->create, "N",
           "Make NAME if it is missing, with N units and no more");
  add_text(verb, "-c,--command", options->shell, "COMMAND",
           "A line for /bin/sh, in the place of -- COMMAND…");
  verb->add_flag("-o,--close", options->close,
                 "Keep the handle from the command");
  add_verbose(verb, options->verbose);
}

}  // namespace ksem_tool

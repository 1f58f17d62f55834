// SPDX-License-Identifier: MIT
// rm, set: what becomes of a semaphore.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "ksem/semaphore.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/settings.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kRemove = {
    "rm", "[-f] NAME…", "Remove semaphores",
    R"(One that somebody is blocked on, or that a kernel module holds, stays: to
end the waits first, ksem set NAME --shutdown

  ksem rm build door

Exit status: 0 all gone; 2 one could not be removed.
)"};

constexpr VerbHelp kSet = {"set", "OPTIONS NAME",
                           "Change value, ceiling, order; or shut down",
                           R"(A higher value wakes all waiters that can then go.

  ksem set build --value 4 --max 4
  ksem set build --shutdown             # everybody blocked on it fails

The owner of /dev/ksem/NAME and root change all that is said in one step, or
nothing.  To others root can give the files; then it is one step for each, and
some may be done when another fails.  --shutdown comes last.

Exit status: 0 done; 2 failed.
)"};

int remove(bool force, const Words& words) {
  int status = kDone;
  for (const std::string& name : names(words)) {
    status = std::max(status, attempt("rm", name, [&] {
                        try {
                          Semaphore::remove(name);
                        } catch (const std::system_error& error) {
                          if (!force || error.code().value() != ENOENT ||
                              !nothing_there().empty()) {
                            throw;
                          }
                        }
                        return static_cast<int>(kDone);
                      }));
  }
  return status;
}

void add_remove(Cli& cli) {
  const auto force = std::make_shared<bool>(false);
  CLI::App* const verb = cli.add_verb(
      kRemove, [force](const Words& words) { return remove(*force, words); });
  verb->add_flag("-f,--force", *force, "Succeed where there is none to remove");
}

struct SetOptions {
  SettingOptions settings;
  bool shutdown = false;
};

// The verb, with the option that an error is about.
const char* set_verb(const ksem::Settings& settings, int error) {
  const bool max_only = settings.max && !settings.order;
  const bool order_only = settings.order && !settings.max;
  if (error == EINVAL || (error == EBUSY && max_only)) return "set --max";
  if (error == EBUSY && order_only) return "set --order";
  return "set";
}

int change(Semaphore& sem, const ksem::Settings& settings) {
  try {
    sem.set(settings);
    return kDone;
  } catch (const std::system_error& error) {
    complain(error, set_verb(settings, error.code().value()), sem.name());
    return kFailed;
  }
}

int set(const SetOptions& options, const std::string& name) {
  if (options.settings == SettingOptions() && !options.shutdown) {
    throw UsageError(
        "say what: --value, --max, --order, --fair, --record, --undo, "
        "--mappable or --shutdown");
  }
  const ksem::Settings settings = parse_settings(options.settings);
  return attempt("set", name, [&]() -> int {
    Semaphore sem = Semaphore::open(name);
    const int status = change(sem, settings);
    if (!status && options.shutdown) sem.shutdown();
    return status;
  });
}

void add_set(Cli& cli) {
  const auto options = std::make_shared<SetOptions>();
  CLI::App* const verb = cli.add_verb(kSet, [options](const Words& words) {
    return set(*options, one_name(words));
  });
  add_settings(verb, options->settings,
               {.value = "Units there are now",
                .max = "Ceiling that no post can pass",
                .order = "Who goes first: fifo or priority"});
  verb->add_flag("--shutdown", options->shutdown,
                 "Everybody blocked on it, and everybody later, fails; no way "
                 "back");
}

}  // namespace

void add_manage_verbs(Cli& cli) {
  add_remove(cli);
  add_set(cli);
}

}  // namespace ksem_tool

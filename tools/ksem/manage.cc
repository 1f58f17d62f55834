// SPDX-License-Identifier: MIT
// create, rm, set: what a semaphore is.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "ksem/semaphore.h"
#include "tools/ksem/access.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/number.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kCreate = {"create", "[OPTIONS] NAME", "Make a semaphore",
                              R"(It is there until "ksem rm" or the next boot.

  ksem create build --value 2 --max 2
  ksem create build --mode 660 --group jobs
  ksem create door --exist-ok           # in a script that may run twice

It has all its settings from the first moment on.

Exit status: 0 made, or there already with --exist-ok; 2 failed.
)"};

constexpr VerbHelp kRemove = {
    "rm", "[-f] NAME…", "Remove semaphores",
    R"(One that somebody is blocked on, or that a kernel module holds, stays: to
send the blocked ones away first, ksem set NAME --shutdown

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

constexpr char kOrderHelp[] =
    "Who goes first, fifo (the default) or priority: real-time tasks of higher "
    "priority, then all others as they came";

constexpr char kRoot[] = "/sys/kernel/config/ksem";
constexpr char kDevices[] = "/dev/ksem/";

ksem::Order parse_order(const std::string& text) {
  if (text == "fifo") return ksem::Order::kFifo;
  if (text == "priority") return ksem::Order::kPriority;
  throw UsageError("--order " + text + ": give fifo or priority");
}

// What create and set have in common, as it was typed.
struct SettingOptions {
  std::string value;
  std::string max;
  std::string order;
  std::string fair;
  std::string record;
  std::string undo;
  std::string mappable;
};

bool parse_switch(const char* option, const std::string& text) {
  if (text != "0" && text != "1") {
    throw UsageError(std::string(option) + " " + text + ": give 0 or 1");
  }
  return text == "1";
}

ksem::Settings parse(const SettingOptions& options) {
  ksem::Settings settings;
  if (!options.value.empty()) {
    settings.value = parse_number("--value", options.value, 0);
  }
  if (!options.max.empty()) {
    settings.max = parse_number("--max", options.max, 1);
  }
  if (!options.order.empty()) settings.order = parse_order(options.order);
  if (!options.fair.empty()) {
    settings.fair = parse_switch("--fair", options.fair);
  }
  if (!options.record.empty()) {
    settings.record = parse_switch("--record", options.record);
  }
  if (!options.undo.empty()) {
    settings.undo = parse_switch("--undo", options.undo);
  }
  if (!options.mappable.empty()) {
    settings.mappable = parse_switch("--mappable", options.mappable);
  }
  if (settings.value && settings.max && *settings.value > *settings.max) {
    throw UsageError("--value is more than --max");
  }
  return settings;
}

struct CreateOptions {
  SettingOptions settings;
  std::string mode;
  std::string group;
  bool exist_ok = false;
};

// A redirection to a semaphore that isn't there yet makes a plain file, and
// then the kernel can't put the device there.
bool is_in_the_way(const std::string& name) {
  struct stat info;
  return !name.empty() && name.find('/') == std::string::npos &&
         ksem::root() == kRoot &&
         lstat((kDevices + name).c_str(), &info) == 0 &&
         (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode));
}

int create(const CreateOptions& options, const std::string& name) {
  ksem::Settings settings = parse(options.settings);
  if (!options.mode.empty()) settings.mode = parse_mode(options.mode);
  if (!options.group.empty()) settings.group = parse_group(options.group);
  if (is_in_the_way(name)) {
    std::fprintf(stderr,
                 "ksem create: %s: %s%s is a file, in the place of the device; "
                 "to remove it: rm -- %s\n",
                 printable(name).c_str(), kDevices, printable(name).c_str(),
                 shell_word(kDevices + name).c_str());
    return kFailed;
  }
  return attempt("create", name, [&] {
    try {
      Semaphore::create(name, settings);
    } catch (const std::system_error& error) {
      const bool there = error.code().value() == EEXIST;
      if (!there || !options.exist_ok) throw;
    }
    return kDone;
  });
}

void add_rules(CLI::App* verb, SettingOptions& options) {
  add_text(
      verb, "--fair", options.fair, "0|1",
      "0: threads that run may take units ahead of those who wait, which is "
      "faster when many want them; 1 if not told");
  add_text(verb, "--record", options.record, "0|1",
           "1: the kernel writes down which process operated last, and when; "
           "every operation is a system call then");
  add_text(verb, "--undo", options.undo, "0|1",
           "1: what a program takes through the device comes back when it "
           "ends; for those that open it from then on");
  add_text(verb, "--mappable", options.mappable, "0|1",
           "0: programs can't map the device, so the kernel sees all they do");
}

void add_create(Cli& cli) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* const verb = cli.add_verb(kCreate, [options](const Words& words) {
    return create(*options, one_name(words));
  });
  SettingOptions& settings = options->settings;
  add_text(verb, "--value", settings.value, "V",
           "Units to begin with, 0 if not told");
  add_text(verb, "--max", settings.max, "M", "Ceiling that no post can pass");
  add_text(verb, "--order", settings.order, "ORDER", kOrderHelp);
  add_rules(verb, settings);
  add_text(verb, "--mode", options->mode, "MODE",
           "Who may open the device, as for chmod; 600 if not told");
  add_text(verb, "--group", options->group, "GROUP",
           "Whose group it is, a name or a number");
  verb->add_flag("--exist-ok", options->exist_ok,
                 "Leave it as it is if it exists, and succeed");
}

int remove(bool force, const Words& words) {
  int status = kDone;
  for (const std::string& name : names(words)) {
    status = std::max(status, attempt("rm", name, [&] {
                        try {
                          Semaphore::remove(name);
                        } catch (const std::system_error& error) {
                          if (!force || error.code().value() != ENOENT) throw;
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
  const SettingOptions& texts = options.settings;
  if (texts.value.empty() && texts.max.empty() && texts.order.empty() &&
      texts.fair.empty() && texts.record.empty() && texts.undo.empty() &&
      texts.mappable.empty() && !options.shutdown) {
    throw UsageError(
        "say what: --value, --max, --order, --fair, --record, --undo, "
        "--mappable or --shutdown");
  }
  const ksem::Settings settings = parse(texts);
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
  SettingOptions& settings = options->settings;
  add_text(verb, "--value", settings.value, "V", "Units there are now");
  add_text(verb, "--max", settings.max, "M", "Ceiling that no post can pass");
  add_text(verb, "--order", settings.order, "ORDER",
           "Who goes first: fifo or priority");
  add_rules(verb, settings);
  verb->add_flag("--shutdown", options->shutdown,
                 "Everybody blocked on it, and everybody later, fails; no way "
                 "back");
}

}  // namespace

void add_manage_verbs(Cli& cli) {
  add_create(cli);
  add_remove(cli);
  add_set(cli);
}

}  // namespace ksem_tool

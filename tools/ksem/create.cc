// SPDX-License-Identifier: MIT
// create: a semaphore with all its settings, in one step.
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>

#include "ksem/semaphore.h"
#include "tools/ksem/access.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/details.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/settings.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kCreate = {
    "create", "[OPTIONS] NAME", "Make a semaphore: a lock, if not told more",
    R"(The semaphore is there until "ksem rm" or the next boot. What is not told:

  neither --value nor --max   a lock: value 1, max 1
  only --max M                value M: all units are there
  only --value V              no ceiling

  ksem create lock                      # for: ksem run lock -- COMMAND
  ksem create build --max 2             # two at a time
  ksem create door --value 0            # opens when somebody posts
  ksem create build --mode 660 --group jobs
  ksem create lock --exist-ok           # in a script that may run twice

The semaphore has all its settings from the first moment on.  If it exists,
--exist-ok leaves it as it is, and says on standard error which of its settings
differ from those that were asked for (its value is no setting).

Exit status: 0 made, or there already with --exist-ok; 2 failed.
)"};

constexpr char kOrderHelp[] =
    "Who goes first, fifo (the default) or priority: real-time tasks of higher "
    "priority, then all others as they came";

struct CreateOptions {
  SettingOptions settings;
  std::string mode;
  std::string group;
  bool exist_ok = false;
};

ksem::Settings wanted(const CreateOptions& options) {
  ksem::Settings settings = parse_settings(options.settings);
  if (!settings.value) settings.value = settings.max.value_or(1);
  if (!settings.max) {
    settings.max = options.settings.value.empty() ? 1 : ksem::kMax;
  }
  if (!options.mode.empty()) settings.mode = parse_mode(options.mode);
  if (!options.group.empty()) settings.group = parse_group(options.group);
  return settings;
}

// What mkdir does anyway takes no /dev/ksem/.control.
ksem::Settings but_defaults(ksem::Settings settings) {
  if (settings.value == 0) settings.value.reset();
  if (settings.max == ksem::kMax) settings.max.reset();
  return settings;
}

void tell_differences(const std::string& name, const ksem::Settings& asked) {
  const std::string text = differences(asked, read_details(name));
  if (text.empty()) return;
  std::fprintf(stderr, "ksem create: %s: is there already, with %s\n",
               printable(name).c_str(), text.c_str());
}

int create(const CreateOptions& options, const std::string& name) {
  const ksem::Settings settings = wanted(options);
  return attempt("create", name, [&] {
    check_place(name);
    try {
      Semaphore::create(name, but_defaults(settings));
    } catch (const std::system_error& error) {
      const bool there = error.code().value() == EEXIST;
      if (!there || !options.exist_ok) throw;
      tell_differences(name, settings);
    }
    return kDone;
  });
}

}  // namespace

void add_create_verb(Cli& cli) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* const verb = cli.add_verb(kCreate, [options](const Words& words) {
    return create(*options, one_name(words));
  });
  add_settings(verb, options->settings,
               {.value = "Units to begin with; M if not told, or 1",
                .max = "Ceiling that no post can pass; 1 if neither is told",
                .order = kOrderHelp});
  add_text(verb, "--mode", options->mode, "MODE",
           "Who may open the device, as for chmod; 600 if not told");
  add_text(verb, "--group", options->group, "GROUP",
           "Whose group it is, a name or a number");
  verb->add_flag("--exist-ok", options->exist_ok,
                 "Leave it as it is if it exists, and succeed");
}

}  // namespace ksem_tool

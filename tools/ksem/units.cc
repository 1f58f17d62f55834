// SPDX-License-Identifier: MIT
// wait, try, post: units to and fro.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "ksem/semaphore.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/failure.h"
#include "tools/ksem/known.h"
#include "tools/ksem/notice.h"
#include "tools/ksem/number.h"
#include "tools/ksem/output.h"
#include "tools/ksem/portion.h"
#include "tools/ksem/several.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/take.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kWait = {
    "wait", "[OPTIONS] NAME[:N]…", "Take units; block until they are there",
    R"(They stay taken when ksem ends; give them back with "ksem post".  Better
where it fits: "ksem run", which cannot forget it.  Of a semaphore whose undo is
1 they would come back at once: that fails, and takes "ksem run".

  ksem wait door                        # until somebody posts
  ksem wait door -t 1.5s || echo "nobody came"
  ksem wait --all a:2 b                 # two of a and one of b, in one step
  name=$(ksem wait --any a b)           # it prints which one it was

Of several it takes --any one or --all; that takes permission for their devices.
On a terminal it says what it waits for if that takes more than a second.

Exit status: 0 they are yours; 124 (or -E's) timed out; 2 failed.  A signal that
ends it leaves them where they are.
)"};

constexpr VerbHelp kTry = {"try", "[-n N] NAME[:N]…",
                           "Take units if they are there at once",
                           R"(
  if ksem try door; then echo "in"; ksem post door; else echo "full"; fi

Of several it takes all or none.  If undo is 1 it fails, as "ksem wait" does.

Exit status: 0 they are yours; 1 not there, or others wait already; 2 failed.  A
signal that ends it leaves them where they are.
)"};

constexpr VerbHelp kPost = {
    "post", "[-n N] NAME[:N]…",
    "Give units, and wake the waiters they are enough for",
    R"(All of them, or none if that would pass a ceiling.

  ksem post door
  ksem post door -n 3
  ksem post door:3 gate                 # in one step

Exit status: 0 given; 2 failed.
)"};

struct UnitOptions {
  std::string units = "1";
  std::string timeout;
  std::string conflict;
  bool any = false;
  bool all = false;
  bool verbose = false;

  std::vector<Portion> portions(const Words& words) const {
    return parse_portions(names(words), parse_number("--units", units, 1));
  }
};

// Whether units would be given back as soon as ksem ends, which is said then.
// What is taken by files stays taken.
bool would_come_back(const char* verb, const Semaphore& sem) {
  if (sem.via() != ksem::Via::kHandle ||
      !ask_what_is_known(sem.native_handle()).undo) {
    return false;
  }
  const std::string& name = sem.name();
  std::fprintf(stderr,
               "ksem %s: %s: units come back when their holder ends (undo is "
               "1); use: ksem run %s -- COMMAND\n",
               verb, printable(name).c_str(), name_word(name).c_str());
  return true;
}

bool would_come_back(const char* verb, const Several& several) {
  bool any = false;
  for (const Semaphore& sem : several.semaphores()) {
    any = would_come_back(verb, sem) || any;
  }
  return any;
}

void add_units(CLI::App* verb, UnitOptions& options) {
  add_text(verb, "-n,--units", options.units, "N",
           "How many, where there is no :N; one unless told");
}

// With the units taken: prints `text`.  If a signal has come, or the text can't
// be printed, the units go back.  Later signals can't end us any more: nobody
// would know that the units are taken.
int leave_with(const Wanted& wanted, std::string text, Signals& signals) {
  int signal;
  try {
    signal = print(text, signals);
  } catch (const Failure&) {
    wanted.give_back();
    throw;
  }
  if (!signal) {
    signals.stay_blocked();
    return kDone;
  }
  wanted.give_back();
  return die_of(signal);
}

int wait(const UnitOptions& options, const Words& words) {
  const std::vector<Portion> portions = options.portions(words);
  if (portions.size() > 1 && !options.any && !options.all) {
    throw UsageError("say --any or --all of several");
  }
  const Patience patience = {parse_timeout(options.timeout),
                             waiting_notice("wait", portions, options.verbose)};
  const int conflict = parse_status(options.conflict, kTimedOut);
  const auto end = [&](const Taking& taking, const Wanted& wanted,
                       const std::string& name, Signals& signals) {
    if (taking.signal) return die_of(taking.signal);
    if (!taking.taken) return conflict;
    return leave_with(wanted, options.any ? name + "\n" : "", signals);
  };
  const Portion& first = portions.front();
  return attempt("wait", first.name, [&]() -> int {
    Signals signals(ending_signals());
    if (portions.size() == 1) {
      Semaphore sem = Semaphore::open(first.name);
      if (would_come_back("wait", sem)) return kFailed;
      const Wanted wanted = units_of(sem, first.units);
      const Taking taking = take(wanted, patience, signals);
      return end(taking, wanted, first.name, signals);
    }
    Several several(portions,
                    options.any ? Several::Which::kAny : Several::Which::kAll,
                    false);
    if (would_come_back("wait", several)) return kFailed;
    const Wanted wanted = several.wanted();
    const Taking taking = take(wanted, patience, signals);
    return end(taking, wanted, several.taken().name, signals);
  });
}

void add_wait(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(
      kWait, [options](const Words& words) { return wait(*options, words); });
  add_units(verb, *options);
  add_text(verb, "-t,-w,--timeout", options->timeout, "DURATION",
           "Give up after so long");
  add_conflict(verb, options->conflict);
  CLI::Option* const any = verb->add_flag(
      "--any", options->any, "Take one of them, and print its name");
  verb->add_flag("--all", options->all, "Take all of them in one step")
      ->excludes(any);
  add_verbose(verb, options->verbose);
}

void add_try(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(kTry, [options](const Words& words) {
    const std::vector<Portion> portions = options->portions(words);
    const Portion& first = portions.front();
    return attempt("try", first.name, [&]() -> int {
      Signals signals(ending_signals());
      const auto end = [&](const Wanted& wanted) -> int {
        return wanted.try_take() ? leave_with(wanted, "", signals) : kNoUnit;
      };
      if (portions.size() == 1) {
        Semaphore sem = Semaphore::open(first.name);
        if (would_come_back("try", sem)) return kFailed;
        return end(units_of(sem, first.units));
      }
      Several several(portions, Several::Which::kAll, false);
      if (would_come_back("try", several)) return kFailed;
      return end(several.wanted());
    });
  });
  add_units(verb, *options);
}

void add_post(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(kPost, [options](const Words& words) {
    const std::vector<Portion> portions = options->portions(words);
    const Portion& first = portions.front();
    return attempt("post", first.name, [&] {
      if (portions.size() == 1) {
        Semaphore::open(first.name).release(first.units);
      } else {
        Several(portions, Several::Which::kGive, false).post();
      }
      return kDone;
    });
  });
  add_units(verb, *options);
}

}  // namespace

void add_unit_verbs(Cli& cli) {
  add_wait(cli);
  add_try(cli);
  add_post(cli);
}

}  // namespace ksem_tool

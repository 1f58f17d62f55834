// SPDX-License-Identifier: MIT
// wait, try, post: units to and fro.
#include <memory>

#include "ksem/semaphore.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/notice.h"
#include "tools/ksem/number.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/take.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kWait = {
    "wait", "[OPTIONS] NAME", "Take units; block until they are there",
    R"(They stay taken when ksem ends; give them back with "ksem post".  Better
where it fits: "ksem run", which cannot forget it.

  ksem wait door                        # until somebody posts
  ksem wait door -t 1.5s || echo "nobody came"

On a terminal it says what it waits for if that takes more than a second.

Exit status: 0 they are yours; 124 (or -E's) timed out; 2 failed.  A signal that
ends it leaves them where they are.
)"};

constexpr VerbHelp kTry = {"try", "[-n N] NAME",
                           "Take units if they are there at once",
                           R"(
  if ksem try door; then echo "in"; ksem post door; else echo "full"; fi

Exit status: 0 they are yours; 1 not there, or others wait already; 2 failed.
)"};

constexpr VerbHelp kPost = {
    "post", "[-n N] NAME", "Give units, and wake whoever can go",
    R"(All of them, or none if that would pass the ceiling.

  ksem post door
  ksem post door -n 3

Exit status: 0 given; 2 failed.
)"};

struct UnitOptions {
  std::string units = "1";
  std::string timeout;
  std::string conflict;
  bool verbose = false;

  int count() const { return parse_number("--units", units, 1); }
};

void add_units(CLI::App* verb, UnitOptions& options) {
  add_text(verb, "-n,--units", options.units, "N", "How many, one unless told");
}

int wait(const UnitOptions& options, const std::string& name) {
  const int units = options.count();
  const Patience patience = {
      parse_timeout(options.timeout),
      waiting_notice("wait", {{name, units}}, options.verbose)};
  const int conflict = parse_status(options.conflict, kTimedOut);
  return attempt("wait", name, [&]() -> int {
    Signals signals(ending_signals());
    Semaphore sem = Semaphore::open(name);
    const Taking taking = take(units_of(sem, units), patience, signals);
    if (taking.signal) return die_of(taking.signal);
    return taking.taken ? kDone : conflict;
  });
}

void add_wait(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(kWait, [options](const Words& words) {
    return wait(*options, one_name(words));
  });
  add_units(verb, *options);
  add_text(verb, "-t,-w,--timeout", options->timeout, "DURATION",
           "Give up after so long");
  add_conflict(verb, options->conflict);
  add_verbose(verb, options->verbose);
}

void add_try(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(kTry, [options](const Words& words) {
    const std::string name = one_name(words);
    const int units = options->count();
    return attempt("try", name, [&] {
      return Semaphore::open(name).try_acquire(units) ? kDone : kNoUnit;
    });
  });
  add_units(verb, *options);
}

void add_post(Cli& cli) {
  const auto options = std::make_shared<UnitOptions>();
  CLI::App* const verb = cli.add_verb(kPost, [options](const Words& words) {
    const std::string name = one_name(words);
    const int units = options->count();
    return attempt("post", name, [&] {
      Semaphore::open(name).release(units);
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

// SPDX-License-Identifier: MIT
// create, rm, set: what a semaphore is.
#include <algorithm>
#include <cerrno>
#include <memory>

#include "ksem/semaphore.h"
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
  ksem create door --exist-ok           # in a script that may run twice

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
                           R"(A higher value wakes whoever can then go.

  ksem set build --value 4 --max 4
  ksem set build --shutdown             # everybody blocked on it fails

Exit status: 0 done; 2 failed.  With several options one may have been
carried out when another fails.
)"};

constexpr char kOrderHelp[] =
    "Who goes first, fifo (the default) or priority: real-time tasks of higher "
    "priority, then all others as they came";

ksem::Order parse_order(const std::string& text) {
  if (text == "fifo") return ksem::Order::kFifo;
  if (text == "priority") return ksem::Order::kPriority;
  throw UsageError("--order " + text + ": give fifo or priority");
}

struct CreateOptions {
  std::string value = "0";
  std::string max;
  std::string order = "fifo";
  bool exist_ok = false;
};

void make(const std::string& name, int value, int max, ksem::Order order) {
  if (order == ksem::Order::kFifo) {
    Semaphore::create(name, value, max);
    return;
  }
  // Units last: as long as there are none, nobody is served in another order.
  Semaphore sem = Semaphore::create(name, 0, max);
  try {
    sem.set_order(order);
    sem.set_value(value);
  } catch (...) {
    Semaphore::remove(name);
    throw;
  }
}

int create(const CreateOptions& options, const std::string& name) {
  const int max =
      options.max.empty() ? ksem::kMax : parse_number("--max", options.max, 1);
  const int value = parse_number("--value", options.value, 0);
  const ksem::Order order = parse_order(options.order);
  if (value > max) throw UsageError("--value is more than --max");
  return attempt("create", name, [&] {
    try {
      make(name, value, max, order);
    } catch (const std::system_error& error) {
      const bool there = error.code().value() == EEXIST;
      if (!there || !options.exist_ok) throw;
    }
    return kDone;
  });
}

void add_create(Cli& cli) {
  const auto options = std::make_shared<CreateOptions>();
  CLI::App* const verb = cli.add_verb(kCreate, [options](const Words& words) {
    return create(*options, one_name(words));
  });
  add_text(verb, "--value", options->value, "V",
           "Units to begin with, 0 if not told");
  add_text(verb, "--max", options->max, "M", "Ceiling that no post can pass");
  add_text(verb, "--order", options->order, "ORDER", kOrderHelp);
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
  std::string value;
  std::string max;
  std::string order;
  bool shutdown = false;
};

int set_value(Semaphore& sem, int value) {
  return attempt("set --value", sem.name(), [&] {
    sem.set_value(value);
    return kDone;
  });
}

int set_max(Semaphore& sem, int max) {
  return attempt("set --max", sem.name(), [&] {
    sem.set_max(max);
    return kDone;
  });
}

int set_both(Semaphore& sem, int value, int max) {
  // The value never passes the ceiling, so whichever makes room goes first.
  if (value > sem.max()) {
    const int status = set_max(sem, max);
    return status ? status : set_value(sem, value);
  }
  const int status = set_value(sem, value);
  return status ? status : set_max(sem, max);
}

int set(const SetOptions& options, const std::string& name) {
  const bool has_value = !options.value.empty();
  const bool has_max = !options.max.empty();
  const bool has_order = !options.order.empty();
  if (!has_value && !has_max && !has_order && !options.shutdown) {
    throw UsageError("say what: --value, --max, --order or --shutdown");
  }
  const int value = has_value ? parse_number("--value", options.value, 0) : 0;
  const int max = has_max ? parse_number("--max", options.max, 1) : 0;
  const auto order =
      has_order ? parse_order(options.order) : ksem::Order::kFifo;
  if (has_value && has_max && value > max) {
    throw UsageError("--value is more than --max");
  }

  return attempt("set", name, [&]() -> int {
    Semaphore sem = Semaphore::open(name);
    int status = kDone;
    if (has_order) {
      status = attempt("set --order", name, [&] {
        sem.set_order(order);
        return kDone;
      });
    }
    if (!status && has_value && has_max) {
      status = set_both(sem, value, max);
    } else if (!status && has_value) {
      status = set_value(sem, value);
    } else if (!status && has_max) {
      status = set_max(sem, max);
    }
    if (!status && options.shutdown) sem.shutdown();
    return status;
  });
}

void add_set(Cli& cli) {
  const auto options = std::make_shared<SetOptions>();
  CLI::App* const verb = cli.add_verb(kSet, [options](const Words& words) {
    return set(*options, one_name(words));
  });
  add_text(verb, "--value", options->value, "V", "Units there are now");
  add_text(verb, "--max", options->max, "M", "Ceiling that no post can pass");
  add_text(verb, "--order", options->order, "ORDER",
           "Who goes first: fifo or priority");
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

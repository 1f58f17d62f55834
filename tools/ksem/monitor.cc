// SPDX-License-Identifier: MIT
// monitor: what happens to semaphores, as the kernel tells it.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "tools/ksem/cli.h"
#include "tools/ksem/events.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/json.h"
#include "tools/ksem/output.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kMonitor = {
    "monitor", "[--json] [NAME…]", "See each wait and each post as it happens",
    R"(A line for each event, of all semaphores if no NAME is told:

  TIME NAME EVENT pid PID comm COMMAND [units N] [waited_ns NS]

TIME is in seconds of CLOCK_MONOTONIC.  EVENT is wait (it queues), acquired (with
the time waited), post, timeout, interrupted, made or removed.  What a program takes and gives
by a mapped page without the kernel is no event.  "lost N events" says that the
kernel had no room for them.  It is for root.

On a terminal it says when it has begun.

  ksem monitor build
  ksem monitor --json | jq 'select(.event == "timeout")'

Exit status: 0 nobody reads its output any more; 2 failed.  A signal ends it,
also while nobody reads; what isn't read then is lost.
)"};

using Milliseconds = std::chrono::milliseconds;

// The kernel doesn't always wake a reader of few events.
constexpr Milliseconds kLookAgain(100);

std::string as_text(const Event& event) {
  std::string text = event.time + " " + printable(event.name) + " " +
                     event.what + " pid " + std::to_string(event.pid) +
                     " comm " + printable(event.command);
  if (event.units) text += " units " + *event.units;
  if (event.waited_ns) text += " waited_ns " + *event.waited_ns;
  return text + "\n";
}

std::string as_json(const Event& event) {
  std::string text = "{\"time\": " + event.time +
                     ", \"name\": " + json_string(event.name) +
                     ", \"event\": " + json_string(event.what) +
                     ", \"pid\": " + std::to_string(event.pid) +
                     ", \"comm\": " + json_string(event.command);
  if (event.units) text += ", \"units\": " + *event.units;
  if (event.waited_ns) text += ", \"waited_ns\": " + *event.waited_ns;
  return text + "}\n";
}

std::string as_lost(std::uint64_t events, bool json) {
  const std::string number = std::to_string(events);
  if (json) return R"({"event": "lost", "events": )" + number + "}\n";
  return "lost " + number + " events\n";
}

void complain_of(const std::string& text) {
  if (text.empty()) return;
  std::fprintf(stderr,
               "ksem monitor: line from the kernel not recognised: %s\n",
               printable(text).c_str());
}

// What the kernel tells, as it is to be printed.
class Shown {
 public:
  Shown(const Words& names, bool json) : names_(names), json_(json) {}
  ~Shown() { complain_of(begun_); }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

  std::string of(const std::string& lines) {
    std::istringstream input(lines);
    std::string text;
    for (std::string line; std::getline(input, line);) text += of_line(line);
    return text;
  }

 private:
  // A line that is nothing by itself can go on behind a newline, as the name of
  // a process can have one.
  std::string of_line(const std::string& line) {
    if (const auto lost = parse_lost(line)) return as_lost(*lost, json_);
    const std::string joined = std::exchange(begun_, "") + line;
    if (const auto event = parse_event(joined)) return of_event(*event);
    if (may_begin_event(joined)) {
      begun_ = joined + "\n";
      return "";
    }
    const auto event = parse_event(line);
    complain_of(event ? joined.substr(0, joined.size() - line.size()) : joined);
    return event ? of_event(*event) : "";
  }

  std::string of_event(const Event& event) const {
    const bool wanted =
        names_.empty() ||
        std::find(names_.begin(), names_.end(), event.name) != names_.end();
    if (!wanted) return "";
    return json_ ? as_json(event) : as_text(event);
  }

  const Words& names_;
  const bool json_;
  std::string begun_;
};

// Waits for more events; returns a signal that comes first, or 0.
int wait_for_more(const EventSource& source, const Signals& signals) {
  if (reader_leaves(Milliseconds(0))) throw NoReader();
  return signals.ending(Clock::now() + kLookAgain, source.descriptor());
}

struct MonitorOptions {
  bool json = false;
  bool verbose = false;
};

int monitor(const MonitorOptions& options, const Words& names) {
  std::signal(SIGPIPE, SIG_IGN);
  return attempt("monitor", "", [&] {
    int ended = 0;
    try {
      const Signals signals(ending_signals());
      EventSource source;
      if (options.verbose || isatty(STDERR_FILENO)) {
        std::fputs("ksem monitor: events from now on\n", stderr);
      }
      Shown shown(names, options.json);
      std::string text;
      while (!ended) {
        const std::string lines = source.read();
        text = shown.of(lines);
        ended = print(text, signals);
        if (!ended && lines.empty()) ended = wait_for_more(source, signals);
      }
      source.stop();
      // What came before the signal, as far as it is read: nothing may wait for
      // a reader now.
      while (print_at_once(text)) {
        const std::string lines = source.read();
        if (lines.empty()) break;
        text = shown.of(lines);
      }
    } catch (const NoReader&) {
      // That ends it, too.
    }
    return ended ? die_of(ended) : static_cast<int>(kDone);
  });
}

}  // namespace

void add_monitor_verb(Cli& cli) {
  const auto options = std::make_shared<MonitorOptions>();
  CLI::App* const verb = cli.add_verb(kMonitor, [options](const Words& words) {
    return monitor(*options, words);
  });
  verb->add_flag("--json", options->json, "A JSON object on each line");
  verb->add_flag("--verbose", options->verbose,
                 "Say on standard error when it begins, on a terminal or not");
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
// who: what a semaphore's units are with, and who waits for them.
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/holders.h"
#include "tools/ksem/json.h"
#include "tools/ksem/known.h"
#include "tools/ksem/reading.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kWho = {
    "who", "[--json] NAME…", "Show who holds units and who waits",
    R"(One line each: holders, processes that have the device open, modules that hold
the name, the last operation if "record" is 1, and the waiters in the order in
which they will be served.

A unit has a known holder if it comes back when a handle is closed, as with
"ksem run". A process that has taken one otherwise may be among those that have the
device open; "ksem set --record 1 NAME" has the kernel write down the last operation.

  ksem who lock
  ksem who --json lock | jq '.[0].waiters[0].pid'

Processes of others are shown to root only. It takes no unit.

Exit status: 0 done; 2 one is not there, or its device may not be opened.
)"};

struct Report {
  Reading reading;
  Known known;
  std::vector<ksem::Waiter> waiting;
  std::size_t blocked = 0;
  Holders holders;
};

Report report_on(const std::string& name) {
  const auto sem = ksem::Semaphore::open(name, {.via = ksem::Via::kHandle});
  const int handle = sem.native_handle();
  Report report = {.reading = read(name),
                   .known = ask_what_is_known(handle),
                   .waiting = sem.waiting(),
                   .holders = find_holders(handle)};
  report.blocked = count_blocked(report.reading.waiters, report.waiting);
  return report;
}

std::string seconds(std::chrono::duration<double> time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1fs", time.count());
  return text;
}

std::string units(std::int64_t number) { return std::to_string(number); }

void print_row(const char* role, const std::string& units,
               const std::string& pid, const std::string& command,
               const std::string& waited, const std::string& how) {
  std::printf("%-7s  %5s  %7s  %-15s  %9s  %s\n", role, units.c_str(),
              pid.c_str(), printable(command).c_str(), waited.c_str(),
              how.c_str());
}

void print_handle(const OpenHandle& open) {
  const bool holds = open.undo > 0;
  bool first = true;
  for (const Process& process : open.processes) {
    std::string how = "has the device open";
    if (holds) how = "gives them back when it ends";
    if (!first) how = "shares the handle above";
    print_row(holds ? "holder" : "open",
              holds && first ? units(open.undo) : "-",
              std::to_string(process.pid), process.command, "-", how);
    first = false;
  }
}

void print_modules(const Holders& holders) {
  if (!holders.maker.empty()) {
    print_row("module", "-", "-", holders.maker, "-", "made it");
  }
  for (const auto& [name, count] : holders.modules) {
    print_row("module", "-", "-", name, "-",
              "has got it" + (count > 1 ? " " + std::to_string(count) + " times"
                                        : std::string()));
  }
}

std::string who_did_it(unsigned pid) {
  return pid != 0 ? std::to_string(pid) : "-";
}

const char* name_of(ksem::Way way) {
  switch (way) {
    case ksem::Way::kAcquire:
      return "wait";
    case ksem::Way::kAny:
      return "any";
    case ksem::Way::kAll:
      return "all";
    case ksem::Way::kCallback:
      return "callback";
  }
  return "unknown";
}

void print_last(const LastOperation& last) {
  if (!last.recorded || last.time == 0) return;
  const std::int64_t ago = std::time(nullptr) - last.time;
  print_row("last", "-", who_did_it(last.pid), last.pid != 0 ? "" : "(kernel)",
            "-", "operated on it " + std::to_string(ago) + " s ago");
}

std::string how_it_waits(const ksem::Waiter& waiter) {
  switch (waiter.way) {
    case ksem::Way::kAny:
      return "for one of several, or by semop";
    case ksem::Way::kCallback:
      return "a module's callback";
    case ksem::Way::kAll:
      return waiter.units == 0 ? "until the value is 0" : "for several at once";
    default:
      return waiter.kernel ? "a thread of the kernel" : "";
  }
}

void print_waiter(const ksem::Waiter& waiter) {
  print_row("waiter", waiter.units != 0 ? units(waiter.units) : "-",
            who_did_it(static_cast<unsigned>(waiter.pid)), waiter.name,
            seconds(waiter.waited), how_it_waits(waiter));
}

void print_heading(const Reading& reading) {
  std::printf("%s: value %d, max %d, waiters %d%s\n",
              printable(reading.name).c_str(), reading.value, reading.max,
              reading.waiters, reading.shutdown ? ", shut down" : "");
}

void print_text(const Report& report) {
  print_heading(report.reading);
  print_row("ROLE", "UNITS", "PID", "COMMAND", "WAITED", "HOW");
  for (const OpenHandle& open : report.holders.handles) print_handle(open);
  print_modules(report.holders);
  print_last(report.known.last);
  for (const ksem::Waiter& waiter : report.waiting) print_waiter(waiter);
  const std::size_t more = report.blocked - report.waiting.size();
  if (more != 0) std::printf("and %zu waiters more\n", more);
  if (!report.holders.complete) {
    std::fputs("(Some processes can be looked at by root only.)\n", stdout);
  }
}

// A list in JSON, with what `print` makes of each element.
template <typename List, typename Print>
void print_list(const char* key, const List& list, Print print) {
  std::printf(", \"%s\": [", key);
  const char* before = "";
  for (const auto& element : list) {
    std::fputs(before, stdout);
    print(element);
    before = ", ";
  }
  std::fputs("]", stdout);
}

void print_json_process(const Process& process) {
  std::printf("{\"pid\": %u, \"command\": %s}", process.pid,
              json_string(process.command).c_str());
}

void print_json_handle(const OpenHandle& open) {
  std::printf("{\"undo\": %" PRId64, open.undo);
  print_list("processes", open.processes, print_json_process);
  std::fputs("}", stdout);
}

void print_json_waiter(const ksem::Waiter& waiter) {
  std::printf(
      "{\"pid\": %d, \"tid\": %d, \"command\": %s, \"units\": %d, "
      "\"waited_ns\": %" PRId64 ", \"way\": \"%s\", \"kernel\": %s}",
      waiter.pid, waiter.tid, json_string(waiter.name).c_str(), waiter.units,
      std::int64_t{waiter.waited.count()}, name_of(waiter.way),
      waiter.kernel ? "true" : "false");
}

void print_json(const Report& report) {
  std::printf(
      "  {\"name\": %s, \"value\": %d, \"max\": %d, \"shutdown\": %s, "
      "\"blocked\": %zu",
      json_string(report.reading.name).c_str(), report.reading.value,
      report.reading.max, report.reading.shutdown ? "true" : "false",
      report.blocked);
  print_list("handles", report.holders.handles, print_json_handle);
  print_list("modules", report.holders.modules, [](const auto& module) {
    std::printf("{\"name\": %s, \"count\": %u}",
                json_string(module.first).c_str(), module.second);
  });
  if (!report.holders.maker.empty()) {
    std::printf(", \"maker\": %s", json_string(report.holders.maker).c_str());
  }
  const LastOperation& last = report.known.last;
  if (last.recorded) {
    std::printf(", \"last\": {\"pid\": %u, \"time\": %" PRId64 "}", last.pid,
                last.time);
  }
  print_list("waiters", report.waiting, print_json_waiter);
  std::printf(", \"complete\": %s}",
              report.holders.complete ? "true" : "false");
}

void print_all(const std::vector<Report>& reports, bool json) {
  const char* before = json ? "[\n" : "";
  for (const Report& report : reports) {
    std::fputs(before, stdout);
    if (json) {
      print_json(report);
    } else {
      print_text(report);
    }
    before = json ? ",\n" : "\n";
  }
  if (json) std::fputs(reports.empty() ? "[]\n" : "\n]\n", stdout);
}

int who(bool json, const Words& words) {
  int status = kDone;
  print_all(read_each("who", names(words), report_on, status), json);
  return status;
}

}  // namespace

void add_who_verb(Cli& cli) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* const verb = cli.add_verb(
      kWho, [json](const Words& words) { return who(*json, words); });
  verb->add_flag("--json", *json, "As a JSON array of objects");
}

}  // namespace ksem_tool

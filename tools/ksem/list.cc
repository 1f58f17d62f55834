// SPDX-License-Identifier: MIT
// ls, show: what there is.  Neither opens a file that takes units.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/json.h"
#include "tools/ksem/reading.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kList = {
    "ls", "[-l | --json]", "List the semaphores",
    R"(Line breaks and the like in a name are shown as \n, \\ or \xHH.
--json has them as they are, and U+FFFD for what is not UTF-8.

  ksem ls -l
  ksem ls --json | jq -r '.[] | select(.waiters > 0).name'

Exit status: 0 done, if there are none, too; 2 failed.
)"};

constexpr VerbHelp kShow = {"show", "[--json] NAME…",
                            "Show value, ceiling, waiters, order",
                            R"(It takes no unit.

  ksem show build
  ksem show --json build | jq '.[0].value'

Exit status: 0 done; 2 one is not there, or failed.
)"};

void print_json(const std::vector<Reading>& readings) {
  std::fputs("[", stdout);
  const char* before = "\n";
  for (const Reading& reading : readings) {
    std::printf(
        "%s  {\"name\": %s, \"value\": %d, \"max\": %d, "
        "\"waiters\": %d, \"order\": \"%s\", \"fair\": %s}",
        before, json_string(reading.name).c_str(), reading.value, reading.max,
        reading.waiters, order_name(reading.order),
        reading.fair ? "true" : "false");
    before = ",\n";
  }
  std::fputs(readings.empty() ? "]\n" : "\n]\n", stdout);
}

void print_table(const std::vector<Reading>& readings) {
  std::size_t widest = 4;
  for (const Reading& reading : readings) {
    widest = std::max(widest, cells(printable(reading.name)));
  }
  std::printf("NAME%*s  %10s  %10s  %7s  ORDER\n", static_cast<int>(widest - 4),
              "", "VALUE", "MAX", "WAITERS");
  for (const Reading& reading : readings) {
    const std::string name = printable(reading.name);
    std::printf("%s%*s  %10d  %10d  %7d  %s\n", name.c_str(),
                static_cast<int>(widest - cells(name)), "", reading.value,
                reading.max, reading.waiters, order_name(reading.order));
  }
}

void print_blocks(const std::vector<Reading>& readings) {
  const char* before = "";
  for (const Reading& reading : readings) {
    std::printf(
        "%sname:    %s\nvalue:   %d\nmax:     %d\nwaiters: %d\n"
        "order:   %s\nfair:    %d\n",
        before, printable(reading.name).c_str(), reading.value, reading.max,
        reading.waiters, order_name(reading.order), reading.fair);
    before = "\n";
  }
}

struct ListOptions {
  bool table = false;
  bool json = false;
};

int list(const ListOptions& options, const Words& words) {
  if (!words.empty()) throw UsageError("ls takes no NAME; see: ksem show");
  return attempt("ls", "", [&] {
    if (options.json) {
      print_json(read_all());
    } else if (options.table) {
      print_table(read_all());
    } else {
      for (const std::string& name : all_names()) {
        std::printf("%s\n", printable(name).c_str());
      }
    }
    return kDone;
  });
}

void add_list(Cli& cli) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* const verb = cli.add_verb(
      kList, [options](const Words& words) { return list(*options, words); });
  CLI::Option* const table =
      verb->add_flag("-l", options->table, "As a table, with what each holds");
  verb->add_flag("--json", options->json, "As a JSON array of objects")
      ->excludes(table);
}

int show(bool json, const Words& words) {
  std::vector<Reading> readings;
  int status = kDone;
  for (const std::string& name : names(words)) {
    status = std::max(status, attempt("show", name, [&] {
                        readings.push_back(read(name));
                        return static_cast<int>(kDone);
                      }));
  }
  if (json) {
    print_json(readings);
  } else {
    print_blocks(readings);
  }
  return status;
}

void add_show(Cli& cli) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* const verb = cli.add_verb(
      kShow, [json](const Words& words) { return show(*json, words); });
  verb->add_flag("--json", *json, "As a JSON array of objects");
}

}  // namespace

void add_list_verbs(Cli& cli) {
  add_list(cli);
  add_show(cli);
}

}  // namespace ksem_tool

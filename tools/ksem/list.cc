// SPDX-License-Identifier: MIT
// ls, show: what there is.  Neither opens a file that takes units.
#include <cstdio>
#include <memory>

#include "tools/ksem/cli.h"
#include "tools/ksem/details.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/listing.h"
#include "tools/ksem/reading.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kList = {
    "ls", "[-l | --json]", "List the semaphores",
    R"(Names in natural order: s2 before s10.  With -l a table: RULES are the
settings that are not the default ones, and "shutdown"; the columns behind it
count what the semaphore has seen (man ksem).

Line breaks and the like in a name are shown as \n, \\ or \xHH.
--json has them as they are, and U+FFFD for what is not UTF-8.

  ksem ls -l
  ksem ls --json | jq -r '.[] | select(.waiters > 0).name'

Exit status: 0 done, if there are none, too; 2 failed.
)"};

constexpr VerbHelp kShow = {
    "show", "[--json] NAME…", "Show all that is known of semaphores",
    R"(Value, ceiling, waiters, settings, device and counters.  It takes no unit.

  ksem show build
  ksem show --json build | jq '.[0].value'

Exit status: 0 done; 2 one is not there, or failed.
)"};

struct ListOptions {
  bool table = false;
  bool json = false;
};

int list(const ListOptions& options, const Words& words) {
  if (!words.empty()) throw UsageError("ls takes no NAME; see: ksem show");
  return attempt("ls", "", [&] {
    if (options.json) {
      std::fputs(as_json(read_all_details()).c_str(), stdout);
    } else if (options.table) {
      std::fputs(as_table(read_all_details()).c_str(), stdout);
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
  int status = kDone;
  const auto all = read_each("show", names(words), read_details, status);
  std::fputs((json ? as_json(all) : as_blocks(all)).c_str(), stdout);
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

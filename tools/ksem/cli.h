// SPDX-License-Identifier: MIT
// What all verbs share: how they are declared and how they end.
#ifndef TOOLS_KSEM_CLI_H_
#define TOOLS_KSEM_CLI_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ksem_tool {

enum ExitStatus {
  kDone = 0,
  kNoUnit = 1,
  kFailed = 2,
  kTimedOut = 124,
  kRunFailed = 125,
  kCannotExecute = 126,
  kNotFound = 127,
};

// The command line cannot mean anything.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Words = std::vector<std::string>;

struct VerbHelp {
  const char* name;
  const char* usage;    // what follows the verb
  const char* summary;  // one line
  const char* more;     // examples and exit status
};

class Cli {
 public:
  Cli();

  // The verb's words, less its options, are handed to `action`, whose result
  // is the exit status.
  CLI::App* add_verb(const VerbHelp& help,
                     std::function<int(const Words&)> action);

  // For a verb that takes names, and then "--" and a command: with "--" there
  // are options up to it, and it is among the words.  Without it, one name and
  // the command follow the options.
  void names_end_at_mark(CLI::App* verb);

  int run(int argc, char** argv);

 private:
  static Words translate_help(Words words);
  void take_out_mark(Words& words);
  void check_verb(const Words& words) const;

  CLI::App app_;
  CLI::App* with_mark_ = nullptr;
  bool marked_ = false;  // there was a lone "--"
  Words literal_;        // what came after it
  std::function<int()> chosen_;
};

// An option with a text behind it.  An empty one is an error: in a script it is
// a variable that nobody set.
CLI::Option* add_text(CLI::App* verb, const char* option, std::string& text,
                      const char* type, const char* help);

// -E: the exit status for units that don't come, and what it is if not told.
void add_conflict(CLI::App* verb, std::string& text);
int parse_status(const std::string& text, int otherwise);

void add_verbose(CLI::App* verb, bool& verbose);

std::string one_name(const Words& words);
Words names(const Words& words);  // one at least

void add_create_verb(Cli& cli);
void add_manage_verbs(Cli& cli);  // rm, set
void add_list_verbs(Cli& cli);    // ls, show
void add_unit_verbs(Cli& cli);    // wait, try, post
void add_run_verb(Cli& cli);
void add_exec_verb(Cli& cli);
void add_watch_verb(Cli& cli);
void add_who_verb(Cli& cli);
void add_monitor_verb(Cli& cli);
void add_apply_verb(Cli& cli);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_CLI_H_

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

  int run(int argc, char** argv);

 private:
  CLI::App app_;
  bool marked_ = false;  // there was a lone "--"
  Words literal_;        // what came after it
  std::function<int()> chosen_;
};

// An option with a text behind it.  An empty one is an error: in a script it is
// a variable that nobody set.
CLI::Option* add_text(CLI::App* verb, const char* option, std::string& text,
                      const char* type, const char* help);

std::string one_name(const Words& words);
Words names(const Words& words);  // one at least

void add_manage_verbs(Cli& cli);  // create, rm, set
void add_list_verbs(Cli& cli);    // ls, show
void add_unit_verbs(Cli& cli);    // wait, try, post
void add_run_verb(Cli& cli);
void add_exec_verb(Cli& cli);
void add_watch_verb(Cli& cli);
void add_apply_verb(Cli& cli);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_CLI_H_

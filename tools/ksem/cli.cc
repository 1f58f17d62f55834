// SPDX-License-Identifier: MIT
#include "tools/ksem/cli.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "ksem/version.h"
#include "tools/ksem/nearest.h"
#include "tools/ksem/number.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

constexpr char kVersion[] = "ksem " KSEM_VERSION;

constexpr char kAbout[] =
    R"(Named semaphores of the Linux kernel, at the prompt and in scripts.

A semaphore holds units.  A task that waits takes a unit, and sleeps until there
is one; a task that posts gives one.  Programs and kernel modules use the same
semaphores: they are directories below /sys/kernel/config/ksem.

  ksem create lock                      # one unit
  ksem run lock -- backup.sh            # take it, run, give it back
  ksem run --create 2 build -- make     # two at a time; made if it is missing
  ksem exec -- ./daemon                 # its sem_open() uses ksem
  ksem watch                            # see who has to wait
)";

constexpr char kStatus[] =
    R"(Exit status: 0 done; 1 no unit (try, run --nonblock); 124 timed out (wait,
run); for both what -E says; 2 any other failure.  run and exec have the
command's own: see their --help.
DURATION is a number, a fraction if you like, and ns, us, ms, s, m, h or d;
seconds if there is no letter.  N is how many units, one unless told.
After a lone "--" nothing is an option: ksem rm -- -odd-name
)";

class VerbFormatter : public CLI::Formatter {
 public:
  VerbFormatter(std::string usage, std::string more)
      : usage_(std::move(usage)), more_(std::move(more)) {
    column_width(24);
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: " + usage_ + "\n";
  }
  // CLI11's own leaves the text's last line break to chance.
  std::string make_footer(const CLI::App*) const override { return more_; }

 private:
  std::string usage_;
  std::string more_;
};

bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

}  // namespace

Cli::Cli() : app_(kAbout, "ksem") {
  app_.formatter(std::make_shared<VerbFormatter>(
      "ksem VERB …    (ksem help VERB: more, with examples)", kStatus));
  app_.set_version_flag("-V,--version", kVersion);
  app_.add_subcommand("help", "Show the help of a verb");
  app_.require_subcommand(1);
}

CLI::App* Cli::add_verb(const VerbHelp& help,
                        std::function<int(const Words&)> action) {
  CLI::App* const verb = app_.add_subcommand(help.name, help.summary);
  verb->formatter(std::make_shared<VerbFormatter>(
      std::string("ksem ") + help.name + " " + help.usage, help.more));
  // CLI11 would split a name that looks like "[a,b]", if told to collect
  // names itself.
  verb->allow_extras();
  verb->callback([this, verb, action = std::move(action)] {
    Words words = verb->remaining();
    // Behind its first word a command's options are its own.
    const bool prefix = verb->get_prefix_command() && !words.empty();
    const auto end = prefix ? words.begin() + 1 : words.end();
    const auto odd = std::find_if(words.begin(), end, looks_like_option);
    if (odd != end) throw UsageError("no such option: " + *odd);
    if (marked_ && (prefix || verb == with_mark_)) words.push_back("--");
    words.insert(words.end(), literal_.begin(), literal_.end());
    chosen_ = [action, words] { return action(words); };
  });
  return verb;
}

// "ksem help VERB" is "ksem VERB --help".
Words Cli::translate_help(Words words) {
  if (words.empty() || words[0] != "help") return words;
  words.erase(words.begin());
  if (words.size() > 1) {
    throw UsageError("too many words: " + printable(words[1]));
  }
  words.emplace_back("--help");
  return words;
}

// CLI11 says that a word was not expected, and not what was.
void Cli::check_verb(const Words& words) const {
  if (words.empty() || looks_like_option(words[0])) return;
  Words verbs;
  for (const CLI::App* verb : app_.get_subcommands({})) {
    verbs.push_back(verb->get_name());
  }
  if (std::find(verbs.begin(), verbs.end(), words[0]) != verbs.end()) return;
  std::string what = "no such verb: '" + printable(words[0]) + "'";
  const std::string meant = nearest(words[0], verbs);
  if (!meant.empty()) what += "; the nearest is '" + meant + "'";
  throw UsageError(what);
}

void Cli::names_end_at_mark(CLI::App* verb) { with_mark_ = verb; }

// CLI11 stops a subcommand at "--" and reads the rest as options of the command
// above it.
void Cli::take_out_mark(Words& words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  marked_ = mark != words.end();
  if (marked_) {
    literal_.assign(mark + 1, words.end());
    words.erase(mark, words.end());
  }
  if (with_mark_) with_mark_->prefix_command(!marked_);
}

int Cli::run(int argc, char** argv) {
  const auto misused = [this](const char* what) {
    const auto verbs = app_.get_subcommands();
    const std::string verb =
        verbs.empty() ? "" : " " + verbs.back()->get_name();
    std::fprintf(stderr, "ksem%s: %s\nSee: ksem%s --help\n", verb.c_str(), what,
                 verb.c_str());
    const bool runs = verb == " run" || verb == " exec";
    return runs ? kRunFailed : kFailed;
  };
  try {
    Words words = translate_help(Words(argv + 1, argv + argc));
    take_out_mark(words);
    check_verb(words);
    std::reverse(words.begin(), words.end());
    app_.parse(std::move(words));
    return chosen_();
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app_.exit(wanted);
  } catch (const CLI::RequiredError&) {
    return misused("say what to do: create, ls, wait, post, run, …");
  } catch (const CLI::ParseError& error) {
    return misused(error.what());
  } catch (const UsageError& error) {
    return misused(error.what());
  }
}

CLI::Option* add_text(CLI::App* verb, const char* option, std::string& text,
                      const char* type, const char* help) {
  const auto not_empty = [](const std::string& given) {
    return given.empty() ? std::string("is empty") : std::string();
  };
  return verb->add_option(option, text, help)
      ->type_name(type)
      ->check(not_empty);
}

void add_conflict(CLI::App* verb, std::string& text) {
  add_text(verb, "-E,--conflict-exit-code", text, "CODE",
           "Exit status if the units don't come, 0 to 255");
}

int parse_status(const std::string& text, int otherwise) {
  if (text.empty()) return otherwise;
  constexpr int kMost = 255;
  return parse_number("--conflict-exit-code", text, 0, kMost);
}

void add_verbose(CLI::App* verb, bool& verbose) {
  verb->add_flag("--verbose", verbose,
                 "Say what is waited for, on a terminal or not");
}

std::string one_name(const Words& words) {
  if (words.size() > 1) throw UsageError("too many words: " + words[1]);
  return names(words).front();
}

Words names(const Words& words) {
  if (words.empty()) throw UsageError("NAME is missing");
  return words;
}

}  // namespace ksem_tool

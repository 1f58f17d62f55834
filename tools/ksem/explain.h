// SPDX-License-Identifier: MIT
// From an errno to what went wrong and what to type.
#ifndef TOOLS_KSEM_EXPLAIN_H_
#define TOOLS_KSEM_EXPLAIN_H_

#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/ksem/cli.h"
#include "tools/ksem/failure.h"

namespace ksem_tool {

// An error of one semaphore among several.
struct OfSemaphore : std::system_error {
  OfSemaphore(int error, std::string name)
      : std::system_error(error, std::generic_category(), name),
        name(std::move(name)) {}

  std::string name;
};

// Why there is no directory of semaphores, `root`, and what to type; empty if
// there is.
std::string nothing_at(const std::string& root);
// The same of ksem::root().
std::string nothing_there();

// Throws a Failure if something else is where the device of a new semaphore is
// to be: a redirection to one that isn't there yet makes a plain file.
void check_place(const std::string& name);

// For the directory of semaphores, so that a user removes only his own.
inline constexpr char kSharedMode[] = "1775";

// One line, or two, for standard error.  `verb` is the verb, with the option
// behind it where that makes a difference ("set --max"); `name` may be empty.
std::string explain(const std::system_error& error, std::string_view verb,
                    std::string_view name);

void complain(const std::system_error& error, std::string_view verb,
              std::string_view name);
void complain(const Failure& failure, std::string_view verb);

// Runs `step`; its exit status, or `failed` with a complaint.
template <typename Step>
int attempt(std::string_view verb, std::string_view name, Step step,
            int failed = kFailed) {
  try {
    return step();
  } catch (const Failure& failure) {
    complain(failure, verb);
    return failed;
  } catch (const OfSemaphore& error) {
    complain(error, verb, error.name);
    return failed;
  } catch (const std::system_error& error) {
    complain(error, verb, name);
    return failed;
  }
}

// What `read` makes of each name; complains of those that fail, and leaves
// `status` at kFailed then.
template <typename Read>
auto read_each(std::string_view verb, const Words& names, Read read,
               int& status) {
  std::vector<decltype(read(names.front()))> all;
  for (const std::string& name : names) {
    const int ended = attempt(verb, name, [&] {
      all.push_back(read(name));
      return static_cast<int>(kDone);
    });
    if (ended != kDone) status = ended;
  }
  return all;
}

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_EXPLAIN_H_

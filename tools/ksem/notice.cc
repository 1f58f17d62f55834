// SPDX-License-Identifier: MIT
#include "tools/ksem/notice.h"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "tools/ksem/reading.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

std::string waited_for(const Portion& portion) {
  std::string text = std::to_string(portion.units) +
                     (portion.units == 1 ? " unit of " : " units of ") +
                     printable(portion.name);
  // It may have been removed, or root may be elsewhere: that is no error here.
  try {
    const Reading now = read(portion.name);
    text += ": value " + std::to_string(now.value);
    text +=
        now.max == ksem::kMax ? ", no max" : ", max " + std::to_string(now.max);
    text += ", " + std::to_string(now.waiters) + " waiting";
  } catch (const std::exception&) {
    text += ": removed";
  }
  return text;
}

void tell(const char* verb, const std::vector<Portion>& portions) {
  std::string text;
  std::string words;
  bool dashed = false;
  for (const Portion& portion : portions) {
    text += std::string("ksem ") + verb + ": waits for " + waited_for(portion) +
            "\n";
    words += " " + shell_word(portion.name);
    dashed = dashed || portion.name.starts_with('-');
  }
  if (dashed) words = " --" + words;
  text += "  who has it: ksem who" + words +
          "; if nobody is going to give it: ksem post" + words +
          "; to give up: Ctrl-C\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace

std::function<void()> waiting_notice(const char* verb,
                                     const std::vector<Portion>& portions,
                                     bool anywhere) {
  if (!anywhere && !isatty(STDERR_FILENO)) return {};
  return [verb, portions] { tell(verb, portions); };
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include "tools/ksem/notice.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <optional>
#include <vector>

#include "ksem/semaphore.h"
#include "tools/ksem/holders.h"
#include "tools/ksem/known.h"
#include "tools/ksem/reading.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

// Nothing without permission for the device.
std::optional<ksem::Semaphore> open_handle(const std::string& name) {
  try {
    return ksem::Semaphore::open(name, {.via = ksem::Via::kHandle});
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// The waiters but us.
int others(const std::optional<ksem::Semaphore>& handle, int waiters) {
  if (!handle) return std::max(waiters - 1, 0);
  const std::vector<ksem::Waiter> first = handle->waiting();
  const auto us =
      static_cast<int>(std::ranges::count(first, getpid(), &ksem::Waiter::pid));
  const int total = static_cast<int>(count_blocked(waiters, first));
  const bool beyond = us == 0 && std::ssize(first) < total;
  return total - (beyond ? 1 : us);
}

// "; held by 12 (make) and 3 more", if that can be known.
std::string held_by(const ksem::Semaphore& handle) {
  constexpr std::size_t kMostNamed = 2;
  std::vector<std::string> all;
  for (const OpenHandle& open : find_holders(handle.native_handle()).handles) {
    if (open.undo <= 0) continue;
    for (const Process& process : open.processes) {
      all.push_back(std::to_string(process.pid) + " (" +
                    printable(process.command) + ")");
    }
  }
  if (all.empty()) return "";
  std::string text = "; held by " + all.front();
  for (std::size_t i = 1; i < std::min(all.size(), kMostNamed); i++) {
    text += ", " + all[i];
  }
  const std::size_t more = all.size() - std::min(all.size(), kMostNamed);
  return text + (more ? " and " + std::to_string(more) + " more" : "");
}

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
    const auto handle = open_handle(portion.name);
    if (const int more = others(handle, now.waiters); more > 0) {
      text += ", " + std::to_string(more) +
              (more == 1 ? " other waits" : " others wait");
    }
    if (handle) text += held_by(*handle);
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

// SPDX-License-Identifier: MIT
#include "tools/ksem/declared.h"

#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>

#include "tools/ksem/access.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/failure.h"
#include "tools/ksem/number.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

using std::filesystem::path;

// What a udev rule can name as it is.  It has no way to name all others.
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:+@-";
constexpr std::size_t kLongestName = 255;

void check_name(const std::string& name) {
  if (name.find_first_not_of(kNameCharacters) != std::string::npos ||
      name.front() == '.' || name.front() == '-' ||
      name.size() > kLongestName) {
    throw UsageError(
        "not a name to declare: give up to 255 of letters, digits and _.:+@-, "
        "the first one neither . nor -");
  }
}

bool parse_switch(const std::string& text) {
  if (text != "0" && text != "1") throw UsageError("give 0 or 1");
  return text == "1";
}

ksem::Order parse_order(const std::string& text) {
  if (text == "fifo") return ksem::Order::kFifo;
  if (text == "priority") return ksem::Order::kPriority;
  throw UsageError("give fifo or priority");
}

// A name in /etc/passwd, or a number.  Not getpwnam(): that loads libraries,
// which a static program can't count on.
unsigned parse_user(const std::string& text) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/etc/passwd", "re"), std::fclose);
  while (const passwd* const entry = file ? fgetpwent(file.get()) : nullptr) {
    if (text == entry->pw_name) return entry->pw_uid;
  }
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  // To chown() the last one is no user.
  if (error != std::errc() || stop != end || number == ~0U) {
    throw UsageError("no such user in /etc/passwd");
  }
  return number;
}

using Setter = void (*)(Declared&, const std::string&);

// What becomes of KEY=TEXT.
const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> kSetters = {
      {"value",
       [](Declared& it, const std::string& text) {
         it.settings.value = parse_number("value", text, 0);
       }},
      {"max",
       [](Declared& it, const std::string& text) {
         it.settings.max = parse_number("max", text, 1);
       }},
      {"order",
       [](Declared& it, const std::string& text) {
         it.settings.order = parse_order(text);
       }},
      {"fair",
       [](Declared& it, const std::string& text) {
         it.settings.fair = parse_switch(text);
       }},
      {"undo",
       [](Declared& it, const std::string& text) {
         it.settings.undo = parse_switch(text);
       }},
      {"mappable",
       [](Declared& it, const std::string& text) {
         it.settings.mappable = parse_switch(text);
       }},
      {"record",
       [](Declared& it, const std::string& text) {
         it.settings.record = parse_switch(text);
       }},
      {"owner", [](Declared& it,
                   const std::string& text) { it.owner = parse_user(text); }},
      {"group",
       [](Declared& it, const std::string& text) {
         it.settings.group = parse_group(text);
       }},
      {"mode",
       [](Declared& it, const std::string& text) {
         it.settings.mode = parse_mode(text);
       }},
      {"files", [](Declared& it,
                   const std::string& text) { it.files = parse_mode(text); }},
  };
  return kSetters;
}

void set(Declared& declared, const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const auto setter = setters().find(key);
  if (equals == std::string::npos || setter == setters().end()) {
    throw UsageError(printable(word) +
                     ": no such setting: give value=, max=, order=, fair=, "
                     "undo=, mappable=, record=, owner=, group=, mode= or "
                     "files=");
  }
  try {
    setter->second(declared, word.substr(equals + 1));
  } catch (const UsageError& error) {
    // Others name their option and the text, up to the colon.
    const std::string what = error.what();
    const std::size_t colon = what.find(": ");
    throw UsageError(
        printable(word) + ": " +
        (colon == std::string::npos ? what : what.substr(colon + 2)));
  }
}

// Nothing of a line without a declaration.
std::optional<Declared> parse(const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  Declared declared;
  if (!(words >> declared.name)) return std::nullopt;
  check_name(declared.name);
  std::vector<std::string> keys;
  for (std::string word; words >> word;) {
    set(declared, word);
    const std::string key = word.substr(0, word.find('='));
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      throw UsageError(key + " stands there twice");
    }
    keys.push_back(key);
  }
  if (declared.settings.value.value_or(0) >
      declared.settings.max.value_or(ksem::kMax)) {
    throw UsageError("value is more than max");
  }
  return declared;
}

class Reader {
 public:
  void read(const path& file) {
    std::ifstream lines(file);
    if (!lines) {
      throw Failure(errno, file);
    }
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      number++;
      const std::string where =
          printable(file.native()) + ":" + std::to_string(number);
      try {
        if (auto declared = parse(line)) add(std::move(*declared), where);
      } catch (const UsageError& error) {
        mistakes_ +=
            (mistakes_.empty() ? "" : "\n") + where + ": " + error.what();
      }
    }
    // A directory can be opened as well, and not be read.
    if (lines.bad()) {
      throw Failure(errno, file);
    }
  }

  std::vector<Declared> result() {
    if (!mistakes_.empty()) throw UsageError(mistakes_);
    return std::move(all_);
  }

 private:
  void add(Declared declared, const std::string& where) {
    const auto same = std::find_if(
        all_.begin(), all_.end(),
        [&](const Declared& it) { return it.name == declared.name; });
    if (same != all_.end()) {
      throw UsageError(declared.name + " is declared in " + same->where +
                       " already");
    }
    declared.where = where;
    all_.push_back(std::move(declared));
  }

  std::vector<Declared> all_;
  std::string mistakes_;
};

std::vector<path> files_of(const std::string& file) {
  std::vector<path> files;
  const path directory = file + ".d";
  if (std::filesystem::is_directory(directory)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() == ".conf") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  }
  if (std::filesystem::exists(file)) files.insert(files.begin(), file);
  return files;
}

}  // namespace

std::vector<std::pair<const char*, std::string>> Declared::kept() const {
  const auto flag = [](std::optional<bool> it, bool otherwise) {
    return it.value_or(otherwise) ? "1" : "0";
  };
  return {
      {"max", std::to_string(settings.max.value_or(ksem::kMax))},
      {"order", settings.order == ksem::Order::kPriority ? "priority" : "fifo"},
      {"fair", flag(settings.fair, true)},
      {"undo", flag(settings.undo, false)},
      {"mappable", flag(settings.mappable, true)},
      {"record", flag(settings.record, false)}};
}

std::vector<Declared> read_declarations(const std::string& file) {
  Reader reader;
  for (const path& one : files_of(file)) reader.read(one);
  return reader.result();
}

}  // namespace ksem_tool

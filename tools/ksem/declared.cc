// SPDX-License-Identifier: MIT
#include "tools/ksem/declared.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

#include "tools/ksem/access.h"
#include "tools/ksem/cli.h"
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

unsigned found(std::optional<unsigned> value, const char* otherwise) {
  if (!value) throw UsageError(otherwise);
  return *value;
}

using Setter = void (*)(Declared&, const std::string&);

// What becomes of KEY=TEXT.
const std::map<std::string_view, Setter>& setters() {
  static constexpr char kMode[] = "give octal digits, 0 to 777";
  static const std::map<std::string_view, Setter> kSetters = {
      {"value",
       [](Declared& it, const std::string& text) {
         it.settings.value = parse_number("value", text, 0);
       }},
      {"max",
       [](Declared& it, const std::string& text) {
         it.settings.max = parse_number("max", text, 1);
         it.kept.emplace_back("max", std::to_string(*it.settings.max));
       }},
      {"order",
       [](Declared& it, const std::string& text) {
         it.settings.order = parse_order(text);
         it.kept.emplace_back("order", text);
       }},
      {"fair",
       [](Declared& it, const std::string& text) {
         it.settings.fair = parse_switch(text);
         it.kept.emplace_back("fair", text);
       }},
      {"undo",
       [](Declared& it, const std::string& text) {
         it.settings.undo = parse_switch(text);
         it.kept.emplace_back("undo", text);
       }},
      {"mappable",
       [](Declared& it, const std::string& text) {
         it.settings.mappable = parse_switch(text);
         it.kept.emplace_back("mappable", text);
       }},
      {"record",
       [](Declared& it, const std::string& text) {
         it.settings.record = parse_switch(text);
         it.kept.emplace_back("record", text);
       }},
      {"owner",
       [](Declared& it, const std::string& text) {
         it.owner = found(find_user(text), "no such user in /etc/passwd");
       }},
      {"group",
       [](Declared& it, const std::string& text) {
         it.settings.group =
             found(find_group(text), "no such group in /etc/group");
       }},
      {"mode",
       [](Declared& it, const std::string& text) {
         it.settings.mode = found(find_mode(text), kMode);
       }},
      {"files",
       [](Declared& it, const std::string& text) {
         it.files = found(find_mode(text), kMode);
       }},
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
    const std::string what = error.what();
    // parse_number() names the setting itself.
    const bool named = what.starts_with(key + " ");
    throw UsageError(named ? what : printable(word) + ": " + what);
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
      throw std::system_error(errno, std::generic_category(), file);
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

std::vector<Declared> read_declarations(const std::string& file) {
  Reader reader;
  for (const path& one : files_of(file)) reader.read(one);
  return reader.result();
}

}  // namespace ksem_tool

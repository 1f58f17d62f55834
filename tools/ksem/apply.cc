// SPDX-License-Identifier: MIT
// apply: makes the semaphores that are declared and missing.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "ksem/semaphore.h"
#include "tools/ksem/access.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/declared.h"
#include "tools/ksem/details.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/failure.h"
#include "tools/ksem/text.h"
#include "tools/ksem/udev.h"

namespace ksem_tool {
namespace {

using ksem::Semaphore;

constexpr VerbHelp kApply = {
    "apply", "[--check] [FILE]", "Make the semaphores that a file declares",
    R"(Makes those that /etc/ksem/semaphores.conf and the files *.conf in
/etc/ksem/semaphores.conf.d declare, or FILE and FILE.d, and that are missing.
One that exists is left as it is; what differs is said.  See semaphores.conf(5).
The rules for udev of those that FILE doesn't declare stay as they are.

  ksem apply --check                    # is there a mistake in it?
  systemctl reload ksem                 # what is done at every boot

With a mistake in any of the files, nothing is made.

Exit status: 0 they are all there; 2 failed.  With --check: 0 there is no
mistake.
)"};

constexpr char kFile[] = "/etc/ksem/semaphores.conf";
constexpr unsigned kPrivate = 0600;
constexpr unsigned kAccess = 0777;

// Who may take and give by them is what "files" says, as far as they can be
// read and written at all.
constexpr struct {
  const char* name;
  unsigned possible;
} kFiles[] = {
    {"wait", 0666}, {"trywait", 0666}, {"timedwait", 0222}, {"post", 0222}};

// Collects what isn't as it was declared.
class Differences {
 public:
  void compare(const std::string& what, const std::string& is,
               const std::string& wanted) {
    if (is == wanted) return;
    text_ +=
        (text_.empty() ? "" : ", ") + what + " is " + is + ", not " + wanted;
  }

  void compare_access(const std::string& what, const std::string& path,
                      unsigned mode, const Declared& it) {
    struct stat info;
    if (stat(path.c_str(), &info) != 0) return;
    compare("mode of " + what, show_mode(info.st_mode & kAccess),
            show_mode(mode));
    compare("owner of " + what, std::to_string(info.st_uid),
            std::to_string(it.owner.value_or(0)));
    compare("group of " + what, std::to_string(info.st_gid),
            std::to_string(it.settings.group.value_or(0)));
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void compare_device(const Declared& it, Differences& found) {
  if (!it.has_access() || !has_devices()) return;
  found.compare_access("the device", device_path(it.name),
                       it.settings.mode.value_or(kPrivate), it);
}

// A rule would change the access of a device that is to stay as it is.
bool may_have_rule(const Declared& it) {
  Differences found;
  compare_device(it, found);
  return found.text().empty();
}

std::string differences(const Declared& it) {
  Differences found;
  for (const auto& [file, wanted] : it.kept()) {
    std::string is;
    if (std::ifstream(directory_path(it.name) + "/" + file) >> is) {
      found.compare(file, is, wanted);
    }
  }
  compare_device(it, found);
  if (it.files) {
    for (const auto& file : kFiles) {
      found.compare_access(file.name, directory_path(it.name) + "/" + file.name,
                           *it.files & file.possible, it);
    }
  }
  return found.text();
}

void check(int result, const std::string& what) {
  if (result != 0) throw Failure(errno, what);
}

void own(const std::string& path, const Declared& it) {
  check(
      chown(path.c_str(), it.owner.value_or(0), it.settings.group.value_or(0)),
      path);
}

// Until its access is set, a file is root's alone.
void make(const Declared& it) {
  check_place(it.name);
  Semaphore::create(it.name, it.settings);
  if (it.owner && has_devices()) own(device_path(it.name), it);
  if (!it.files) return;
  for (const auto& file : kFiles) {
    const std::string path = directory_path(it.name) + "/" + file.name;
    own(path, it);
    check(chmod(path.c_str(), *it.files & file.possible), path);
  }
}

int make_or_leave(const Declared& it) {
  return attempt("apply", it.name, [&] {
    try {
      make(it);
    } catch (const std::system_error& error) {
      // Another one has made it meanwhile.
      if (error.code().value() != EEXIST) throw;
    }
    return kDone;
  });
}

void tell(FILE* out, const Declared& it, const std::string& what) {
  std::fprintf(out, "%s: %s: %s\n", it.where.c_str(), it.name.c_str(),
               what.c_str());
}

int check_only(const std::vector<Declared>& all) {
  for (const Declared& it : all) {
    if (!is_there(it.name)) {
      tell(stdout, it, "would be made");
    } else if (const std::string text = differences(it); !text.empty()) {
      tell(stdout, it, "exists, and would stay as it is: " + text);
    }
  }
  return kDone;
}

// Those of the names that aren't declared here stay if `keep_others`.
void install_rules(const std::vector<Declared>& all, bool keep_others) {
  if (!has_devices()) return;
  std::set<std::string> declared;
  std::vector<const Declared*> ruled;
  for (const Declared& it : all) {
    declared.insert(it.name);
    if (may_have_rule(it)) ruled.push_back(&it);
  }
  const std::string others = keep_others ? udev_rules_but_of(declared) : "";
  install_udev_rules(others + udev_rules(ruled));
}

int make_missing(const std::vector<Declared>& all) {
  std::vector<const Declared*> missing;
  for (const Declared& it : all) {
    if (!is_there(it.name)) {
      missing.push_back(&it);
    } else if (const std::string text = differences(it); !text.empty()) {
      tell(stderr, it, "exists, and stays as it is: " + text);
    }
  }
  int status = kDone;
  for (const Declared* const it : missing) {
    status = std::max(status, make_or_leave(*it));
  }
  return status;
}

int apply(bool check, const Words& words) {
  if (words.size() > 1) throw UsageError("too many words: " + words[1]);
  const std::string file = words.empty() ? kFile : words.front();
  return attempt("apply", "", [&]() -> int {
    std::vector<Declared> all;
    if (!words.empty() && access(file.c_str(), R_OK) != 0) {
      throw Failure(errno, file);
    }
    try {
      all = read_declarations(file);
    } catch (const UsageError& error) {
      std::fprintf(stderr,
                   "%s\nksem apply: nothing is made before that is mended\n",
                   error.what());
      return kFailed;
    }
    if (check) return check_only(all);
    // Where nothing is declared, nothing has to be there.
    if (!all.empty()) Semaphore::list();  // is the module there?
    // Rules that can't be had keep no semaphore from being made.
    const int ruled = attempt("apply", "", [&] {
      install_rules(all, file != kFile);
      return static_cast<int>(kDone);
    });
    return std::max(ruled, make_missing(all));
  });
}

}  // namespace

void add_apply_verb(Cli& cli) {
  const auto check = std::make_shared<bool>(false);
  CLI::App* const verb = cli.add_verb(
      kApply, [check](const Words& words) { return apply(*check, words); });
  verb->add_flag("--check", *check,
                 "Look for mistakes, say what would be made, and make nothing");
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include "tools/ksem/explain.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ksem/semaphore.h"
#include "tools/ksem/access.h"
#include "tools/ksem/details.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Not so if it is only out of sight.
bool is_missing(const std::string& path) {
  return !exists(path) && errno != EACCES;
}

bool configfs_mounted() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device, place, type;
    fields >> device >> place >> type;
    if (type == "configfs") return true;
  }
  return false;
}

bool is_of_configfs(const std::string& path) {
  constexpr int kConfigfsMagic = 0x62656570;  // in no header of the kernel's
  struct statfs info;
  return statfs(path.c_str(), &info) == 0 && info.f_type == kConfigfsMagic;
}

// Lets the caller's group in, as root would type it.
std::string open_to_group(const std::string& path, const char* mode) {
  const std::string word = shell_word(path);
  return "chgrp " + shell_word(show_group(getgid())) + " " + word +
         " && chmod " + mode + " " + word;
}

// Whether the error is one of making it, by whichever verb.
bool was_to_be_made(std::string_view verb, std::string_view name) {
  return verb == "create" ||
         (!name.empty() && is_missing(directory_path(std::string(name))));
}

std::string denied(std::string_view verb, std::string_view name) {
  std::string sudo =
      "permission denied; type: sudo ksem " + std::string(verb) + " …";
  if (verb == "rm" || was_to_be_made(verb, name)) {
    return sudo + "\n  or let root allow your group to make and remove them: " +
           open_to_group(ksem::root(), kSharedMode);
  }
  if (name.empty() || !has_devices() || !is_there(std::string(name))) {
    return sudo;
  }
  const std::string device = device_path(std::string(name));
  if (!exists(device)) return sudo;
  if (verb.starts_with("set")) {
    return sudo + "\n  or let root give you its device: chown " +
           std::to_string(getuid()) + " " + shell_word(device);
  }
  return sudo + "\n  or let root open its device to your group: " +
         open_to_group(device, "g+rw");
}

std::string busy(std::string_view verb, const std::string& word) {
  if (verb == "rm") {
    return "in use: somebody is blocked on it, or a kernel module holds it; "
           "see: ksem show " +
           word;
  }
  if (verb == "set --max") {
    return "somebody waits for more units than that; see: ksem show " + word;
  }
  if (verb == "set --order") {
    return "somebody is blocked on it, and the order can't be changed while a "
           "task waits; see: ksem show " +
           word;
  }
  return "somebody is blocked on it: its order can't be set now, nor a max "
         "below what somebody waits for; see: ksem show " +
         word;
}

// What else there is in the place of a device, and what to type; or empty.
std::string in_the_way(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || S_ISCHR(info.st_mode)) return "";
  const bool directory = S_ISDIR(info.st_mode);
  return printable(path) + " is a " + (directory ? "directory" : "file") +
         ", in the place of the device; to remove it: " +
         (directory ? "rmdir" : "rm") + " -- " + shell_word(path);
}

std::string without_device(const std::string& name) {
  if (!has_devices()) {
    return "there are no devices of " + ksem::root() +
           ", which KSEM_ROOT names, and this takes one";
  }
  const std::string path = device_path(name);
  if (std::string why = in_the_way(path); !why.empty()) return why;
  return "its device, " + printable(path) +
         ", is missing: it was removed, or /dev isn't the kernel's";
}

std::string reason(const std::system_error& error, std::string_view verb,
                   std::string_view name) {
  const std::string word = name_word(name);
  switch (error.code().value()) {
    case ENOENT:
      if (std::string why = nothing_there(); !why.empty()) return why;
      if (!is_of_configfs(ksem::root())) {
        return "no such semaphore; " + ksem::root() +
               ", which KSEM_ROOT names, isn't a directory of configfs";
      }
      if (verb == "rm") return "no such semaphore";
      return "no such semaphore; to make it: ksem create " + word;
    case EACCES:
      return denied(verb, name);
    case EPERM:
      // In a directory with the sticky bit, it may be somebody else's.
      if (verb == "rm" && getuid() != 0) return denied(verb, name);
      if (verb == "rm") return "a kernel module made it and has to remove it";
      if (was_to_be_made(verb, name)) {
        return "only root may give it to a group that you aren't in";
      }
      break;
    case ENODEV:
      if (was_to_be_made(verb, name)) {
        return "there is no /dev/ksem/.control: /dev isn't the kernel's";
      }
      if (!name.empty()) return without_device(std::string(name));
      break;
    case EISDIR:
      if (!name.empty()) return without_device(std::string(name));
      break;
    case EEXIST:
      return "there is one already; --exist-ok makes that no error";
    case EBUSY:
      return busy(verb, word);
    case EIDRM:
      return "shut down, for ever; for a new one: ksem rm " + word +
             " && ksem create " + word;
    case EOVERFLOW:
      return "that would pass its max; see: ksem show " + word;
    case ERANGE:
      return "more units than its max, so they will never be there; see: "
             "ksem show " +
             word;
    case EINVAL:
      if (verb == "set --max") {
        return "that is less than its value; see: ksem show " + word;
      }
      return "not a valid name: give 1 to 255 bytes, none of them / or ! or a "
             "control character, and not . or .. or .control";
    default:
      break;
  }
  return error.code().message();
}

}  // namespace

std::string nothing_there() {
  const std::string root = ksem::root();
  if (!exists(root) && std::getenv("KSEM_ROOT")) {
    return "no directory " + root + ", which KSEM_ROOT names";
  }
  return nothing_at(root);
}

void check_place(const std::string& name) {
  if (name.empty() || name == "." || name == ".." ||
      name.find('/') != std::string::npos || !has_devices()) {
    return;
  }
  const std::string why = in_the_way(device_path(name));
  if (!why.empty()) throw Failure(printable(name) + ": " + why);
}

std::string nothing_at(const std::string& root) {
  if (exists(root)) return "";
  const bool mounted = configfs_mounted();
  const std::string mount = "mount -t configfs none /sys/kernel/config";
  // insmod, too, needs configfs there, so that comes with either.
  if (!exists("/sys/module/ksem")) {
    return "the ksem module is not loaded; as root, type:\n"
           "  modprobe ksem      (or: modprobe configfs; insmod ksem.ko)" +
           (mounted ? "" : "\n  " + mount);
  }
  if (!mounted) return "configfs is not mounted; as root, type:\n  " + mount;
  return "no directory " + root;
}

std::string explain(const std::system_error& error, std::string_view verb,
                    std::string_view name) {
  std::string text = "ksem " + std::string(verb) + ": ";
  if (!name.empty()) text += printable(name) + ": ";
  return text + reason(error, verb, name) + "\n";
}

void complain(const std::system_error& error, std::string_view verb,
              std::string_view name) {
  std::fputs(explain(error, verb, name).c_str(), stderr);
}

void complain(const Failure& failure, std::string_view verb) {
  const std::string text =
      "ksem " + std::string(verb) + ": " + failure.what() + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include <filesystem>
#include <system_error>

#include "fsclient/src/cancellable.h"
#include "fsclient/src/directory.h"
#include "ksem/semaphore.h"

namespace ksem {
namespace {

constexpr char kDefaultRoot[] = "/sys/kernel/config/ksem";

}  // namespace

std::string root() {
  const char* const given = secure_getenv("KSEM_ROOT");
  return given && *given ? given : kDefaultRoot;
}

bool internal::is_default_root() { return root() == kDefaultRoot; }

std::vector<std::string> Semaphore::list(std::error_code& error) {
  const internal::NotCancellable not_cancellable;
  std::vector<std::string> names;
  std::error_code failed;
  std::filesystem::directory_iterator entry(root(), failed);
  while (!failed && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename());
    entry.increment(failed);
  }
  error = {failed.value(), std::generic_category()};
  return names;
}

std::vector<std::string> Semaphore::list() {
  std::error_code error;
  std::vector<std::string> names = list(error);
  if (error) throw std::system_error(error, "list " + root());
  return names;
}

}  // namespace ksem

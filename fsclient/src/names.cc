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

std::vector<std::string> Semaphore::list() {
  const internal::NotCancellable not_cancellable;
  const std::string where = root();
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(where, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename());
    entry.increment(error);
  }
  if (error) {
    throw std::system_error(error.value(), std::generic_category(),
                            "list " + where);
  }
  return names;
}

}  // namespace ksem

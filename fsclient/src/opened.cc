// SPDX-License-Identifier: MIT
#include "fsclient/src/opened.h"

#include <fcntl.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <utility>

#include "fsclient/src/cancellable.h"
#include "fsclient/src/files.h"
#include "fsclient/src/handle.h"

namespace ksem::internal {
namespace {

// Not permitted, or not there: that is no reason to fail if the files will do.
bool is_temporary(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int make_handle(const std::string& name, bool undo,
                std::unique_ptr<Handle>& handle) {
  // Elsewhere the devices belong to other semaphores.
  if (!is_default_root()) return ENODEV;
  handle = std::make_unique<Handle>(name, undo);
  const int error = handle->error();
  return error == ENOENT || error == ENXIO || error == ESTALE ? ENODEV : error;
}

// What the kernel says; empty if it can't be asked.
std::string name_of(int fd) {
  constexpr std::string_view kLabel = "ksem-name:\t";
  const NotCancellable not_cancellable;
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
  std::string line;
  while (std::getline(info, line)) {
    if (line.starts_with(kLabel)) return line.substr(kLabel.size());
  }
  return "";
}

}  // namespace

int Opened::choose(const std::string& name, const Options& options) {
  if (options.via != Via::kFiles) {
    std::unique_ptr<Handle> handle;
    const int error = make_handle(name, options.undo, handle);
    if (!error) {
      backend = std::move(handle);
      via = Via::kHandle;
      return 0;
    }
    const bool files_will_do = options.via == Via::kBest && !options.undo;
    if (!files_will_do || is_temporary(error)) return error;
  }
  backend = std::make_unique<Files>(directory);
  return 0;
}

int Opened::check(const Options& options) {
  return options.via == Via::kFiles && options.undo ? EINVAL : 0;
}

int Opened::release(int n) const {
  Word word;
  word.point_to(backend->word());
  return word.give(n) ? 0 : backend->release(n);
}

// The device is there exactly as long as the directory.  So if the directory,
// opened first, is still in its place afterwards, both are of one semaphore.
int Opened::open(const std::string& name, const Options& options,
                 std::unique_ptr<Opened>& opened) {
  if (const int error = check(options)) return error;
  for (;;) {
    opened = std::make_unique<Opened>(name);
    if (opened->directory.error()) return opened->directory.error();
    const int error = opened->choose(name, options);
    if (opened->via == Via::kFiles && !error) return 0;
    if (opened->directory.check() != ENOENT) return error;
  }
}

int Opened::from_descriptor(int fd, bool undo,
                            std::unique_ptr<Opened>& opened) {
  Descriptor device(or_errno(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  if (device.error()) return device.error();
  const std::string name = name_of(fd);
  auto handle =
      std::make_unique<Handle>(Descriptor(move_up(device.release())), undo);
  const int error = handle->error();
  if (error) return error == ESTALE ? EINVAL : error;
  opened.reset(new Opened(name, std::move(handle)));
  return 0;
}

// The node of a device has a name as long as it is there.
int Opened::check_name() const {
  return directory.error() ? static_cast<const Handle&>(*backend).check()
                           : directory.check();
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/src/directory.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "fsclient/src/identity.h"
#include "fsclient/src/making.h"
#include "ksem/semaphore.h"

namespace ksem::internal {
namespace {

std::string path_of(const std::string& name) { return root() + "/" + name; }

// Opens it for its owner, whatever the node's mode lets him do.
Descriptor open_own_device(const std::string& name) {
  const std::string path = "/dev/ksem/" + name;
  Descriptor device(open_at(AT_FDCWD, path.c_str(), O_RDWR));
  if (device.error() != EACCES) return device;
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return device;
  const mode_t mode = status.st_mode & ACCESSPERMS;
  if (chmod(path.c_str(), mode | S_IRUSR | S_IWUSR) != 0) return device;
  device = Descriptor(open_at(AT_FDCWD, path.c_str(), O_RDWR));
  chmod(path.c_str(), mode);
  return device;
}

}  // namespace

bool is_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         "/dev/ksem/" + name != KSEM_CONTROL &&
         name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

int Directory::make(const std::string& name, const ksem_settings& settings) {
  if (!is_name(name)) return EINVAL;
  return make_directory(path_of(name), settings);
}

// The directory is root's, the node may be ours: in one with the sticky bit
// that is the way.
int Directory::remove(const std::string& name) {
  if (!is_name(name)) return EINVAL;
  if (rmdir(path_of(name).c_str()) == 0) return 0;
  const int error = errno;
  if ((error != EPERM && error != EACCES) || !is_default_root()) return error;
  const Descriptor device = open_own_device(name);
  if (device.error()) return error;
  const int result = or_errno(ioctl(device.fd(), KSEM_IOC_REMOVE, 0));
  return result == 0                             ? 0
         : result == -EBUSY || result == -ENOENT ? -result
                                                 : error;
}

// O_PATH would also find one that mkdir hasn't finished, without its files.
Directory::Directory(const std::string& name)
    : descriptor_(is_name(name) ? open_at(AT_FDCWD, path_of(name).c_str(),
                                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                                : -EINVAL),
      identity_(identity_of(descriptor_.fd())) {}

Directory::~Directory() { close_own(descriptor_.release(), identity_); }

int Directory::check() const {
  return check_named(descriptor_.fd(), identity_);
}

Descriptor Directory::open(const char* file, int flags) const {
  const int directory = descriptor_.fd();
  if (identity_of(directory) != identity_) return Descriptor(-ESTALE);
  return Descriptor(open_at(directory, file, flags));
}

int Directory::read(const char* file, std::string& text) const {
  const Descriptor opened = open(file, O_RDONLY);
  if (opened.error()) return opened.error();
  char buffer[15];
  const int got = read_some(opened.fd(), buffer, sizeof(buffer));
  if (got < 0) return -got;
  text.assign(buffer, got);
  return 0;
}

int Directory::write(const char* file, std::string_view text) const {
  const Descriptor opened = open(file, O_WRONLY);
  if (opened.error()) return opened.error();
  const int written = write_now(opened.fd(), text);
  return written < 0 ? -written : 0;
}

}  // namespace ksem::internal

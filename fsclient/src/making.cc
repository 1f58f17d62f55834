// SPDX-License-Identifier: MIT
#include "fsclient/src/making.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <string>

#include "fsclient/src/descriptor.h"
#include "fsclient/src/directory.h"
#include "fsclient/src/system.h"

namespace ksem::internal {
namespace {

// Held while the control node is open, and over a fork: a child would keep the
// descriptor open.
std::mutex making;

[[maybe_unused]] const int registered = pthread_atfork(
    [] { making.lock(); }, [] { making.unlock(); }, [] { making.unlock(); });

// The settings belong to the thread.  A signal handler that makes a semaphore,
// or leaves settings of its own, would take them away.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

Descriptor open_control() {
  return Descriptor(open_at(AT_FDCWD, KSEM_CONTROL, O_RDWR));
}

// Without the module there is nothing at all; with it, /dev isn't the kernel's.
int error_of(const Descriptor& control) {
  const bool module = access("/sys/class/ksem", F_OK) == 0;
  return control.error() == ENOENT && module ? ENODEV : control.error();
}

int leave(const Descriptor& control, const ksem_settings& settings) {
  return -or_errno(ioctl(control.fd(), KSEM_IOC_NEXT, &settings));
}

// Where $KSEM_ROOT says something else, a directory can come of it that is no
// semaphore.
int make_plain(const std::string& path) {
  if (mkdir(path.c_str(), 0755)) return errno;
  if (is_default_root() || access((path + "/value").c_str(), F_OK) == 0 ||
      errno != ENOENT || rmdir(path.c_str()) != 0) {
    return 0;
  }
  return ENOENT;
}

}  // namespace

int make_directory(const std::string& path, const ksem_settings& settings) {
  if (!settings.set) return make_plain(path);
  const SignalsBlocked blocked;
  const std::lock_guard alone(making);
  const Descriptor control = open_control();
  if (control.error()) return error_of(control);
  if (const int error = leave(control, settings)) return error;
  const int error = make_plain(path);
  // Nobody took them, if there is one of that name already.
  if (error) leave(control, {});
  return error;
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "ksem/semaphore.h"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "fsclient/src/backend.h"
#include "fsclient/src/counters.h"
#include "fsclient/src/directory.h"
#include "fsclient/src/opened.h"
#include "fsclient/src/settings.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem {
namespace {

using internal::Backend;
using internal::Deadline;
using internal::deadline_after;
using internal::Directory;
using internal::Opened;
using internal::read_counters;
using internal::to_kernel;
using internal::write_settings;
using std::chrono::nanoseconds;

[[noreturn]] void fail(int error, std::string_view operation,
                       const std::string& name) {
  std::string what(operation);
  if (!name.empty()) what += " " + name;
  throw std::system_error(error, std::generic_category(), what);
}

void check(int error, std::string_view operation, const std::string& name) {
  if (error) fail(error, operation, name);
}

std::error_code code(int error) { return {error, std::generic_category()}; }

int block(Backend& backend, int n) {
  int error;
  do {
    error = backend.wait(n);
  } while (error == EINTR);
  return error;
}

// What is so of every new one needn't be said.
Settings but_defaults(int value, int max) {
  Settings settings;
  if (value != 0) settings.value = value;
  if (max != kMax) settings.max = max;
  return settings;
}

int make(const std::string& name, const Settings& settings,
         const Options& options) {
  if (const int error = Opened::check(options)) return error;
  ksem_settings wanted;
  if (const int error = to_kernel(settings, wanted)) return error;
  return Directory::make(name, wanted);
}

// What the owner alone may do by a handle, whom their modes let by the files.
template <class Write>
int by_files(const Opened& opened, const Write& write) {
  return opened.directory.error() ? EACCES : write(opened.directory);
}

bool is_blocked_on(const std::string& name) {
  const Directory directory(name);
  std::string waiters;
  return !directory.error() && !directory.read("waiters", waiters) &&
         waiters != "0\n";
}

}  // namespace

Semaphore::Semaphore(std::string name, std::unique_ptr<Opened> opened)
    : name_(std::move(name)), opened_(std::move(opened)) {}
Semaphore::Semaphore(Semaphore&&) noexcept = default;
Semaphore& Semaphore::operator=(Semaphore&& other) noexcept {
  // A string that is moved to itself is empty afterwards.
  if (this == &other) return *this;
  name_ = std::move(other.name_);
  opened_ = std::move(other.opened_);
  word_ = std::move(other.word_);
  return *this;
}
Semaphore::~Semaphore() = default;

Semaphore Semaphore::create(const std::string& name, int value, int max,
                            const Options& options) {
  return create(name, but_defaults(value, max), options);
}

Semaphore Semaphore::create(const std::string& name, const Settings& settings,
                            const Options& options) {
  check(make(name, settings, options), "create", name);
  std::unique_ptr<Opened> opened;
  const int error = Opened::open(name, options, opened);
  // If the name is gone, it isn't ours any more: another one may get it.
  if (error && error != ENOENT) Directory::remove(name);
  check(error, "create", name);
  return Semaphore(name, std::move(opened));
}

Semaphore Semaphore::open(const std::string& name, const Options& options) {
  std::unique_ptr<Opened> opened;
  check(Opened::open(name, options, opened), "open", name);
  return Semaphore(name, std::move(opened));
}

Semaphore Semaphore::from_descriptor(int fd, bool undo) {
  std::unique_ptr<Opened> opened;
  check(Opened::from_descriptor(fd, undo, opened), "from_descriptor", "");
  std::string name = opened->name;
  return Semaphore(std::move(name), std::move(opened));
}

Semaphore Semaphore::open_or_create(const std::string& name, int value, int max,
                                    const Options& options) {
  return open_or_create(name, but_defaults(value, max), options);
}

Semaphore Semaphore::open_or_create(const std::string& name,
                                    const Settings& settings,
                                    const Options& options) {
  std::unique_ptr<Opened> opened;
  int error = Opened::open(name, options, opened);
  // Others may make it or remove it at any moment between these.
  while (error == ENOENT) {
    const int failed = make(name, settings, options);
    if (failed && failed != EEXIST) fail(failed, "open_or_create", name);
    error = Opened::open(name, options, opened);
  }
  check(error, "open_or_create", name);
  return Semaphore(name, std::move(opened));
}

// The kernel looks only for those that are blocked by files.  The others would
// do without the name, but nobody could find them any more.
void Semaphore::remove(const std::string& name) {
  const int error = is_blocked_on(name) ? EBUSY : Directory::remove(name);
  check(error, "remove", name);
}

Opened& Semaphore::opened(const char* operation) const {
  if (!opened_) fail(EBADF, operation, name_);
  return *opened_;
}

// To take or give units: who does that once may do it again, and then without
// the kernel if possible.
Backend& Semaphore::units(const char* operation) {
  Backend& backend = *opened(operation).backend;
  word_.point_to(backend.word());
  return backend;
}

Via Semaphore::via() const { return opened("via").via; }

int Semaphore::native_handle() const {
  return opened("native_handle").backend->descriptor();
}

void Semaphore::acquire_slow(int n) {
  check(block(units("acquire"), n), "acquire", name_);
}

void Semaphore::acquire(int n, std::error_code& error) {
  error.clear();
  if (word_.take(n)) return;
  error = code(opened_ ? block(units("acquire"), n) : EBADF);
}

bool Semaphore::acquire(std::stop_token stop, int n) {
  if (stop.stop_requested()) return false;
  if (word_.take(n)) return true;
  const int error = units("acquire").wait(stop, n);
  if (error == ECANCELED) return false;
  check(error, "acquire", name_);
  return true;
}

bool Semaphore::try_acquire(int n, std::error_code& error) noexcept {
  error.clear();
  if (word_.take(n)) return true;
  const int failed = opened_ ? units("try_acquire").trywait(n) : EBADF;
  if (failed != EAGAIN) error = code(failed);
  return failed == 0;
}

bool Semaphore::try_acquire_slow(int n) {
  const int error = units("try_acquire").trywait(n);
  if (error == EAGAIN) return false;
  check(error, "try_acquire", name_);
  return true;
}

bool Semaphore::try_acquire_for_slow(nanoseconds timeout, int n) {
  if (timeout.count() <= 0) return try_acquire_slow(n);
  return try_acquire_until_slow(deadline_after(timeout), n);
}

bool Semaphore::try_acquire_until_slow(const Deadline& deadline, int n) {
  if (has_passed(deadline)) return try_acquire_slow(n);
  Backend& backend = units("try_acquire");
  int error;
  do {
    error = backend.wait(deadline, n);
  } while (error == EINTR || (error == ETIMEDOUT && !has_passed(deadline)));
  if (error == ETIMEDOUT) return false;
  check(error, "try_acquire", name_);
  return true;
}

bool Semaphore::try_acquire_for_slow(const std::stop_token& stop,
                                     nanoseconds timeout, int n) {
  return try_acquire_until_slow(stop, deadline_after(timeout), n);
}

bool Semaphore::try_acquire_until_slow(const std::stop_token& stop,
                                       const Deadline& deadline, int n) {
  if (stop.stop_requested()) return false;
  if (word_.take(n)) return true;
  if (has_passed(deadline)) return try_acquire_slow(n);
  Backend& backend = units("try_acquire");
  int error;
  do {
    error = backend.wait(stop, deadline, n);
  } while (error == ETIMEDOUT && !has_passed(deadline));
  if (error == ETIMEDOUT || error == ECANCELED) return false;
  check(error, "try_acquire", name_);
  return true;
}

void Semaphore::release_slow(int n) {
  check(units("release").post(n), "release", name_);
}

void Semaphore::release(int n, std::error_code& error) noexcept {
  error.clear();
  if (word_.give(n)) return;
  error = code(opened_ ? units("release").post(n) : EBADF);
}

int Semaphore::value() const {
  int value = 0;
  check(opened("value").backend->value(value), "value", name_);
  return value;
}

int Semaphore::max() const {
  int max = 0;
  check(opened("max").backend->max(max), "max", name_);
  return max;
}

int Semaphore::waiters() const {
  int waiters = 0;
  check(opened("waiters").backend->waiters(waiters), "waiters", name_);
  return waiters;
}

Order Semaphore::order() const {
  Order order = Order::kFifo;
  check(opened("order").backend->order(order), "order", name_);
  return order;
}

bool Semaphore::fair() const {
  bool fair = true;
  check(opened("fair").backend->fair(fair), "fair", name_);
  return fair;
}

bool Semaphore::is_shutdown() const {
  bool shutdown = false;
  check(opened("is_shutdown").backend->is_shutdown(shutdown), "is_shutdown",
        name_);
  return shutdown;
}

void Semaphore::set(const Settings& settings) { configure(settings, "set"); }

void Semaphore::set_value(int value) {
  configure({.value = value}, "set_value");
}

void Semaphore::set_max(int max) { configure({.max = max}, "set_max"); }

void Semaphore::set_order(Order order) {
  configure({.order = order}, "set_order");
}

void Semaphore::set_fair(bool fair) { configure({.fair = fair}, "set_fair"); }

void Semaphore::configure(const Settings& settings, const char* operation) {
  const Opened& at = opened(operation);
  ksem_settings wanted;
  check(to_kernel(settings, wanted), operation, name_);
  if (wanted.set & (KSEM_SET_MODE | KSEM_SET_GROUP)) {
    fail(EINVAL, operation, name_);
  }
  if (!wanted.set) return;
  int error = at.backend->configure(wanted);
  if (error == EPERM) {
    error = by_files(at, [&](const Directory& directory) {
      return write_settings(directory, wanted);
    });
  }
  check(error, operation, name_);
}

void Semaphore::shutdown() {
  const Opened& at = opened("shutdown");
  ksem_settings wanted = {};
  wanted.set = KSEM_SET_SHUTDOWN;
  int error = at.backend->configure(wanted);
  if (error == EIDRM) return;
  if (error == EPERM) {
    error = by_files(at, [](const Directory& directory) {
      return directory.write("shutdown", "1");
    });
  }
  check(error, "shutdown", name_);
}

std::uint64_t Semaphore::identity() const {
  std::uint64_t identity = 0;
  check(opened("identity").backend->identity(identity), "identity", name_);
  return identity;
}

std::int64_t Semaphore::undo_units() const {
  std::int64_t units = 0;
  check(opened("undo_units").backend->undo_units(units), "undo_units", name_);
  return units;
}

Counters Semaphore::counters() const {
  Counters counters;
  check(read_counters(opened("counters"), counters), "counters", name_);
  return counters;
}

}  // namespace ksem

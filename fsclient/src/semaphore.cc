// SPDX-License-Identifier: MIT
#include "ksem/semaphore.h"

#include <cerrno>
#include <functional>
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
using internal::Directory;
using internal::Limit;
using internal::Opened;
using internal::read_counters;
using internal::to_kernel;
using internal::write_settings;

std::error_code code(int error) { return {error, std::generic_category()}; }

const Limit kNoLimit;

void check(const std::error_code& error, std::string_view operation,
           const std::string& name) {
  if (!error) return;
  std::string what(operation);
  if (!name.empty()) what += " " + name;
  throw std::system_error(error, what);
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

int make_and_open(const std::string& name, const Settings& settings,
                  const Options& options, std::unique_ptr<Opened>& opened) {
  if (const int error = make(name, settings, options)) return error;
  const int error = Opened::open(name, options, opened);
  // If the name is gone, it isn't ours any more: another one may get it.
  if (error && error != ENOENT) Directory::remove(name);
  return error;
}

int open_or_make(const std::string& name, const Settings& settings,
                 const Options& options, std::unique_ptr<Opened>& opened) {
  int error = Opened::open(name, options, opened);
  // Others may make it or remove it at any moment between these.
  while (error == ENOENT) {
    const int failed = make(name, settings, options);
    if (failed && failed != EEXIST) return failed;
    error = Opened::open(name, options, opened);
  }
  return error;
}

// Of what was opened, unless there is none.
template <class Result, class Question>
Result ask(const Opened* opened, std::error_code& error, Question question) {
  Result result{};
  error =
      code(opened ? std::invoke(question, *opened->backend, result) : EBADF);
  return error ? Result{} : result;
}

// The same by `call`, which tells its error.
template <class Call>
auto or_throw(const char* operation, const std::string& name,
              const Call& call) {
  std::error_code error;
  auto result = call(error);
  check(error, operation, name);
  return result;
}

// What the owner alone may do by a handle, whom their modes let by the files.
template <class Write>
int configure(const Opened* opened, const ksem_settings& wanted,
              const Write& by_files) {
  if (!opened) return EBADF;
  const int error = opened->backend->configure(wanted);
  if (error != EPERM) return error;
  return opened->directory.error() ? EACCES : by_files(opened->directory);
}

int configure(const Opened* opened, const Settings& settings) {
  ksem_settings wanted;
  if (const int error = to_kernel(settings, wanted)) return error;
  if (wanted.set & (KSEM_SET_MODE | KSEM_SET_GROUP)) return EINVAL;
  if (!wanted.set) return opened ? 0 : EBADF;
  return configure(opened, wanted, [&](const Directory& directory) {
    return write_settings(directory, wanted);
  });
}

bool is_blocked_on(const std::string& name) {
  const Directory directory(name);
  std::string waiters;
  return !directory.error() && !directory.read("waiters", waiters) &&
         waiters != "0\n";
}

}  // namespace

Semaphore::Semaphore(int failed, std::unique_ptr<Opened>& opened,
                     std::error_code& error) {
  error = code(failed);
  if (error) return;
  name_ = opened->name;
  opened_ = std::move(opened);
}
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

Semaphore Semaphore::create(const std::string& name, const Settings& settings,
                            const Options& options, std::error_code& error) {
  std::unique_ptr<Opened> opened;
  return Semaphore(make_and_open(name, settings, options, opened), opened,
                   error);
}

Semaphore Semaphore::create(const std::string& name, const Settings& settings,
                            const Options& options) {
  return or_throw("create", name, [&](std::error_code& error) {
    return create(name, settings, options, error);
  });
}

Semaphore Semaphore::create(const std::string& name, int value, int max,
                            const Options& options) {
  return create(name, but_defaults(value, max), options);
}

Semaphore Semaphore::open(const std::string& name, const Options& options,
                          std::error_code& error) {
  std::unique_ptr<Opened> opened;
  return Semaphore(Opened::open(name, options, opened), opened, error);
}

Semaphore Semaphore::open(const std::string& name, const Options& options) {
  return or_throw("open", name, [&](std::error_code& error) {
    return open(name, options, error);
  });
}

Semaphore Semaphore::from_descriptor(int fd, bool undo,
                                     std::error_code& error) {
  std::unique_ptr<Opened> opened;
  return Semaphore(Opened::from_descriptor(fd, undo, opened), opened, error);
}

Semaphore Semaphore::from_descriptor(int fd, bool undo) {
  return or_throw("from_descriptor", "", [&](std::error_code& error) {
    return from_descriptor(fd, undo, error);
  });
}

Semaphore Semaphore::open_or_create(const std::string& name,
                                    const Settings& settings,
                                    const Options& options,
                                    std::error_code& error) {
  std::unique_ptr<Opened> opened;
  return Semaphore(open_or_make(name, settings, options, opened), opened,
                   error);
}

Semaphore Semaphore::open_or_create(const std::string& name,
                                    const Settings& settings,
                                    const Options& options) {
  return or_throw("open_or_create", name, [&](std::error_code& error) {
    return open_or_create(name, settings, options, error);
  });
}

Semaphore Semaphore::open_or_create(const std::string& name, int value, int max,
                                    const Options& options) {
  return open_or_create(name, but_defaults(value, max), options);
}

// The kernel looks only for those that are blocked by files.  The others would
// do without the name, but nobody could find them any more.
void Semaphore::remove(const std::string& name, std::error_code& error) {
  error = code(is_blocked_on(name) ? EBUSY : Directory::remove(name));
}

void Semaphore::remove(const std::string& name) {
  std::error_code error;
  remove(name, error);
  check(error, "remove", name);
}

// To take or give units: who does that once may do it again, and then without
// the kernel if possible.
Backend& Semaphore::units() {
  word_.point_to(opened_->backend->word());
  return *opened_->backend;
}

// Whether it is done; `no` is an answer, not an error.
bool Semaphore::done(int failed, int no, const char* operation,
                     std::error_code* error) const {
  const std::error_code told = code(failed == no ? 0 : failed);
  if (error) {
    *error = told;
  } else {
    check(told, operation, name_);
  }
  return failed == 0;
}

void Semaphore::acquire_slow(int n, std::error_code* error) {
  // What a hand-over comes by: as few instructions as possible.  What fails is
  // looked at by the other one, which tries again.
  if (!error && opened_ && units().acquire(kNoLimit, n) == 0) return;
  acquire_slow(kNoLimit, n, error);
}

bool Semaphore::acquire_slow(const Limit& limit, int n,
                             std::error_code* error) {
  if (limit.has_passed()) return try_acquire_slow(n, error);
  int failed = EBADF;
  if (opened_) {
    Backend& backend = units();
    do {
      failed = backend.acquire(limit, n);
    } while (failed == EINTR || (failed == ETIMEDOUT && !limit.has_passed()));
  }
  if (failed == ETIMEDOUT) failed = ECANCELED;
  return done(failed, ECANCELED, limit.deadline ? "try_acquire" : "acquire",
              error);
}

bool Semaphore::acquire_stoppable(const Limit& limit, int n,
                                  std::error_code* error) {
  if (error) error->clear();
  if (limit.stop.stop_requested()) return false;
  return word_.take(n) || acquire_slow(limit, n, error);
}

bool Semaphore::try_acquire_slow(int n, std::error_code* error) {
  return done(opened_ ? units().try_acquire(n) : EBADF, EAGAIN, "try_acquire",
              error);
}

void Semaphore::release_slow(int n, std::error_code* error) {
  const int failed = opened_ ? units().release(n) : EBADF;
  if (failed || error) done(failed, 0, "release", error);
}

Via Semaphore::via() const {
  check(code(opened_ ? 0 : EBADF), "via", name_);
  return opened_->via;
}

int Semaphore::native_handle() const {
  check(code(opened_ ? 0 : EBADF), "native_handle", name_);
  return opened_->backend->descriptor();
}

int Semaphore::value(std::error_code& error) const noexcept {
  return ask<int>(opened_.get(), error, &Backend::value);
}

int Semaphore::value() const {
  return or_throw("value", name_,
                  [&](std::error_code& error) { return value(error); });
}

int Semaphore::max(std::error_code& error) const noexcept {
  return ask<int>(opened_.get(), error, &Backend::max);
}

int Semaphore::max() const {
  return or_throw("max", name_,
                  [&](std::error_code& error) { return max(error); });
}

int Semaphore::waiters(std::error_code& error) const noexcept {
  return ask<int>(opened_.get(), error, &Backend::waiters);
}

int Semaphore::waiters() const {
  return or_throw("waiters", name_,
                  [&](std::error_code& error) { return waiters(error); });
}

std::vector<Waiter> Semaphore::waiting(std::error_code& error) const {
  return ask<std::vector<Waiter>>(opened_.get(), error, &Backend::waiting);
}

std::vector<Waiter> Semaphore::waiting() const {
  return or_throw("waiting", name_,
                  [&](std::error_code& error) { return waiting(error); });
}

Order Semaphore::order(std::error_code& error) const noexcept {
  return ask<Order>(opened_.get(), error, &Backend::order);
}

Order Semaphore::order() const {
  return or_throw("order", name_,
                  [&](std::error_code& error) { return order(error); });
}

bool Semaphore::fair(std::error_code& error) const noexcept {
  return ask<bool>(opened_.get(), error, &Backend::fair);
}

bool Semaphore::fair() const {
  return or_throw("fair", name_,
                  [&](std::error_code& error) { return fair(error); });
}

bool Semaphore::is_shutdown(std::error_code& error) const noexcept {
  return ask<bool>(opened_.get(), error, &Backend::is_shutdown);
}

bool Semaphore::is_shutdown() const {
  return or_throw("is_shutdown", name_,
                  [&](std::error_code& error) { return is_shutdown(error); });
}

std::uint64_t Semaphore::identity(std::error_code& error) const noexcept {
  return ask<std::uint64_t>(opened_.get(), error, &Backend::identity);
}

std::uint64_t Semaphore::identity() const {
  return or_throw("identity", name_,
                  [&](std::error_code& error) { return identity(error); });
}

std::int64_t Semaphore::undo_units(std::error_code& error) const noexcept {
  return ask<std::int64_t>(opened_.get(), error, &Backend::undo_units);
}

std::int64_t Semaphore::undo_units() const {
  return or_throw("undo_units", name_,
                  [&](std::error_code& error) { return undo_units(error); });
}

Counters Semaphore::counters(std::error_code& error) const {
  Counters counters;
  error = code(opened_ ? read_counters(*opened_, counters) : EBADF);
  return counters;
}

Counters Semaphore::counters() const {
  return or_throw("counters", name_,
                  [&](std::error_code& error) { return counters(error); });
}

void Semaphore::set(const Settings& settings, std::error_code& error) noexcept {
  error = code(configure(opened_.get(), settings));
}

void Semaphore::set(const Settings& settings) {
  check(code(configure(opened_.get(), settings)), "set", name_);
}

void Semaphore::set_value(int value) {
  check(code(configure(opened_.get(), {.value = value})), "set_value", name_);
}

void Semaphore::set_max(int max) {
  check(code(configure(opened_.get(), {.max = max})), "set_max", name_);
}

void Semaphore::set_order(Order order) {
  check(code(configure(opened_.get(), {.order = order})), "set_order", name_);
}

void Semaphore::set_fair(bool fair) {
  check(code(configure(opened_.get(), {.fair = fair})), "set_fair", name_);
}

void Semaphore::shutdown(std::error_code& error) noexcept {
  ksem_settings wanted = {};
  wanted.set = KSEM_SET_SHUTDOWN;
  const int failed =
      configure(opened_.get(), wanted, [](const Directory& directory) {
        return directory.write("shutdown", "1");
      });
  // It has been before.
  error = code(failed == EIDRM ? 0 : failed);
}

void Semaphore::shutdown() {
  std::error_code error;
  shutdown(error);
  check(error, "shutdown", name_);
}

}  // namespace ksem

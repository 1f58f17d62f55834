// SPDX-License-Identifier: MIT
#include "ksem/semaphore.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "fsclient/src/backend.h"
#include "fsclient/src/directory.h"
#include "fsclient/src/opened.h"
#include "fsclient/src/text.h"

namespace ksem {
namespace {

using internal::Backend;
using internal::Deadline;
using internal::Directory;
using internal::Opened;
using internal::Text;
using internal::to_deadline;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(int error, std::string_view operation,
                       const std::string& name) {
  std::string what(operation);
  if (!name.empty()) what += " " + name;
  throw std::system_error(error, std::generic_category(), what);
}

void check(int error, std::string_view operation, const std::string& name) {
  if (error) fail(error, operation, name);
}

int initialize(const Directory& directory, int value, int max) {
  // The ceiling first: a value above it is refused.
  if (max != kMax) {
    if (const int error = directory.write("max", Text(max).view())) {
      return error;
    }
  }
  return value == 0 ? 0 : directory.write("value", Text(value).view());
}

int make(const std::string& name, int value, int max, const Options& options,
         std::unique_ptr<Opened>& opened) {
  if (const int error = Directory::make(name)) return error;
  int error = Opened::open(name, options, opened);
  if (!error) error = initialize(opened->directory, value, max);
  if (error) Directory::remove(name);
  return error;
}

steady_clock::time_point deadline_after(nanoseconds timeout) {
  const auto now = steady_clock::now();
  const nanoseconds longest = steady_clock::time_point::max() - now;
  return now + std::min(timeout, longest);
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
Semaphore& Semaphore::operator=(Semaphore&&) noexcept = default;
Semaphore::~Semaphore() = default;

Semaphore Semaphore::create(const std::string& name, int value, int max,
                            const Options& options) {
  std::unique_ptr<Opened> opened;
  check(make(name, value, max, options, opened), "create", name);
  return Semaphore(name, std::move(opened));
}

Semaphore Semaphore::open(const std::string& name, const Options& options) {
  std::unique_ptr<Opened> opened;
  check(Opened::open(name, options, opened), "open", name);
  return Semaphore(name, std::move(opened));
}

Semaphore Semaphore::open_or_create(const std::string& name, int value, int max,
                                    const Options& options) {
  std::unique_ptr<Opened> opened;
  int error;
  do {
    error = Opened::open(name, options, opened);
    if (error == ENOENT) error = make(name, value, max, options, opened);
  } while (error == EEXIST);
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
  Backend& backend = units("acquire");
  int error;
  do {
    error = backend.wait(n);
  } while (error == EINTR);
  check(error, "acquire", name_);
}

bool Semaphore::acquire(std::stop_token stop, int n) {
  if (stop.stop_requested()) return false;
  if (word_.take(n)) return true;
  const int error = units("acquire").wait(stop, n);
  if (error == ECANCELED) return false;
  check(error, "acquire", name_);
  return true;
}

bool Semaphore::try_acquire_slow(int n) {
  const int error = units("try_acquire").trywait(n);
  if (error == EAGAIN) return false;
  check(error, "try_acquire", name_);
  return true;
}

bool Semaphore::try_acquire_for_slow(nanoseconds timeout, int n) {
  if (timeout.count() <= 0) return try_acquire_slow(n);
  return try_acquire_until_slow(to_deadline(deadline_after(timeout)), n);
}

bool Semaphore::try_acquire_until_slow(const Deadline& deadline, int n) {
  Backend& backend = units("try_acquire");
  int error;
  do {
    error = backend.wait(deadline, n);
  } while (error == EINTR ||
           (error == ETIMEDOUT && time_left(deadline).count() > 0));
  if (error == ETIMEDOUT) return false;
  check(error, "try_acquire", name_);
  return true;
}

void Semaphore::release_slow(int n) {
  check(units("release").post(n), "release", name_);
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

void Semaphore::set_value(int value) {
  const Directory& directory = opened("set_value").directory;
  check(directory.write("value", Text(value).view()), "set_value", name_);
}

void Semaphore::set_max(int max) {
  const Directory& directory = opened("set_max").directory;
  check(directory.write("max", Text(max).view()), "set_max", name_);
}

void Semaphore::set_order(Order order) {
  const Directory& directory = opened("set_order").directory;
  const char* const text = order == Order::kPriority ? "priority" : "fifo";
  check(directory.write("order", text), "set_order", name_);
}

void Semaphore::shutdown() {
  check(opened("shutdown").directory.write("shutdown", "1"), "shutdown", name_);
}

}  // namespace ksem

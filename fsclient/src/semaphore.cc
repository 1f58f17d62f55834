// SPDX-License-Identifier: MIT
#include "ksem/semaphore.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "fsclient/src/directory.h"
#include "fsclient/src/files.h"
#include "fsclient/src/text.h"

namespace ksem {
namespace internal {

struct Handle {
  explicit Handle(const std::string& name) : directory(name) {}

  Directory directory;
  Files backend{directory};
};

}  // namespace internal

namespace {

using internal::Directory;
using internal::Handle;
using internal::Text;
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
  if (directory.error()) return directory.error();
  // The ceiling first: a value above it is refused.
  if (max != kMax) {
    if (const int error = directory.write("max", Text(max).view())) {
      return error;
    }
  }
  return value == 0 ? 0 : directory.write("value", Text(value).view());
}

int make(const std::string& name, int value, int max,
         std::unique_ptr<Handle>& handle) {
  if (const int error = Directory::make(name)) return error;
  handle = std::make_unique<Handle>(name);
  const int error = initialize(handle->directory, value, max);
  if (error) Directory::remove(name);
  return error;
}

steady_clock::time_point deadline_after(nanoseconds timeout) {
  const auto now = steady_clock::now();
  const nanoseconds longest = steady_clock::time_point::max() - now;
  return now + std::min(timeout, longest);
}

nanoseconds time_left(steady_clock::time_point deadline) {
  return std::max(deadline - steady_clock::now(), nanoseconds::zero());
}

std::string read(const Directory& directory, const char* file,
                 const std::string& name) {
  std::string text;
  check(directory.read(file, text), file, name);
  return text;
}

int read_number(const Directory& directory, const char* file,
                const std::string& name) {
  const std::string text = read(directory, file, name);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Semaphore::Semaphore(std::string name, std::unique_ptr<Handle> handle)
    : name_(std::move(name)), handle_(std::move(handle)) {}
Semaphore::Semaphore(Semaphore&&) noexcept = default;
Semaphore& Semaphore::operator=(Semaphore&&) noexcept = default;
Semaphore::~Semaphore() = default;

Semaphore Semaphore::create(const std::string& name, int value, int max) {
  std::unique_ptr<Handle> handle;
  check(make(name, value, max, handle), "create", name);
  return Semaphore(name, std::move(handle));
}

Semaphore Semaphore::open(const std::string& name) {
  auto handle = std::make_unique<Handle>(name);
  check(handle->directory.error(), "open", name);
  return Semaphore(name, std::move(handle));
}

Semaphore Semaphore::open_or_create(const std::string& name, int value,
                                    int max) {
  int error;
  do {
    auto handle = std::make_unique<Handle>(name);
    error = handle->directory.error();
    if (error == ENOENT) error = make(name, value, max, handle);
    if (!error) return Semaphore(name, std::move(handle));
  } while (error == EEXIST);
  fail(error, "open_or_create", name);
}

void Semaphore::remove(const std::string& name) {
  check(Directory::remove(name), "remove", name);
}

Handle& Semaphore::handle(const char* operation) const {
  if (!handle_) fail(EBADF, operation, name_);
  return *handle_;
}

void Semaphore::acquire(int n) {
  pthread_testcancel();
  internal::Backend& backend = handle("acquire").backend;
  int error = backend.trywait(n);
  if (error == EAGAIN) {
    do {
      error = backend.wait(n);
    } while (error == EINTR);
  }
  check(error, "acquire", name_);
}

bool Semaphore::acquire(std::stop_token stop, int n) {
  pthread_testcancel();
  internal::Backend& backend = handle("acquire").backend;
  if (stop.stop_requested()) return false;
  int error = backend.trywait(n);
  if (error == EAGAIN) error = backend.wait(stop, n);
  if (error == ECANCELED) return false;
  check(error, "acquire", name_);
  return true;
}

bool Semaphore::try_acquire(int n) {
  const int error = handle("try_acquire").backend.trywait(n);
  if (error == EAGAIN) return false;
  check(error, "try_acquire", name_);
  return true;
}

bool Semaphore::try_acquire_for_ns(nanoseconds timeout, int n) {
  pthread_testcancel();
  internal::Backend& backend = handle("try_acquire_for").backend;
  int error = backend.trywait(n);
  if (error == EAGAIN && timeout.count() > 0) {
    const auto deadline = deadline_after(timeout);
    do {
      error = backend.timedwait(time_left(deadline), n);
    } while (error == EINTR);
  }
  if (error == EAGAIN || error == ETIMEDOUT) return false;
  check(error, "try_acquire_for", name_);
  return true;
}

void Semaphore::release(int n) {
  check(handle("release").backend.post(n), "release", name_);
}

int Semaphore::value() const {
  return read_number(handle("value").directory, "value", name_);
}

int Semaphore::max() const {
  return read_number(handle("max").directory, "max", name_);
}

int Semaphore::waiters() const {
  return read_number(handle("waiters").directory, "waiters", name_);
}

Order Semaphore::order() const {
  const bool by_priority =
      read(handle("order").directory, "order", name_) == "priority\n";
  return by_priority ? Order::kPriority : Order::kFifo;
}

void Semaphore::set_value(int value) {
  const Directory& directory = handle("set_value").directory;
  check(directory.write("value", Text(value).view()), "set_value", name_);
}

void Semaphore::set_max(int max) {
  const Directory& directory = handle("set_max").directory;
  check(directory.write("max", Text(max).view()), "set_max", name_);
}

void Semaphore::set_order(Order order) {
  const Directory& directory = handle("set_order").directory;
  const char* const text = order == Order::kPriority ? "priority" : "fifo";
  check(directory.write("order", text), "set_order", name_);
}

void Semaphore::shutdown() {
  check(handle("shutdown").directory.write("shutdown", "1"), "shutdown", name_);
}

}  // namespace ksem

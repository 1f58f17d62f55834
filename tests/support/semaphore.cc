// SPDX-License-Identifier: MIT
#include "tests/support/semaphore.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "tests/support/eventually.h"

namespace ksem_test {
namespace {

std::string Line(const std::string& path) {
  std::string text = ReadOrFail(path);
  EXPECT_TRUE(text.ends_with('\n')) << path << ": " << text;
  if (!text.empty()) text.pop_back();
  return text;
}

unsigned Number(const std::string& path) {
  return std::strtoul(Line(path).c_str(), nullptr, 10);
}

}  // namespace

std::ostream& operator<<(std::ostream& os, const State& state) {
  return os << "value " << state.value << ", max " << state.max << ", waiters "
            << state.waiters << ", order " << state.order;
}

std::string UniqueName() {
  static int made = 0;
  return "test-" + std::to_string(getpid()) + "-" + std::to_string(++made);
}

Semaphore::Semaphore(const std::string& name, bool ours)
    : name_(name), ours_(ours) {}

Semaphore Semaphore::Named(const std::string& name) { return {name, false}; }

Semaphore::Semaphore(const State& start) : Semaphore(UniqueName(), true) {
  EXPECT_EQ(MakeDir(path()), 0) << path();
  EXPECT_EQ(Set("order", start.order), 0);
  EXPECT_EQ(Set("max", std::to_string(start.max)), 0);
  EXPECT_EQ(Set("value", std::to_string(start.value)), 0);
  EXPECT_EQ(Set("fair", fair_ ? "1" : "0"), 0);
}

Semaphore::~Semaphore() {
  if (!ours_) return;
  Errno error = 0;
  Eventually([&] { return (error = Remove()) != EBUSY; });
  EXPECT_TRUE(error == 0 || error == ENOENT)
      << error << ", left behind: " << path();
}

std::string Semaphore::path(const std::string& file) const {
  return kRoot + name_ + (file.empty() ? "" : "/" + file);
}

Errno Semaphore::Wait(std::string_view units) const {
  return Set("wait", units);
}

Errno Semaphore::TryWait(std::string_view units) const {
  return Set("trywait", units);
}

Errno Semaphore::TimedWait(std::string_view duration_and_units) const {
  return Set("timedwait", duration_and_units);
}

Errno Semaphore::Post(std::string_view units) const {
  return Set("post", units);
}

Errno Semaphore::Set(const std::string& file, std::string_view text) const {
  return WriteFile(path(file), text);
}

Errno Semaphore::Shutdown() const { return Set("shutdown", "1"); }

Errno Semaphore::Remove() const { return RemoveDir(path()); }

State Semaphore::state() const {
  return {.value = Number(path("value")),
          .max = Number(path("max")),
          .waiters = waiters(),
          .order = Line(path("order"))};
}

unsigned Semaphore::waiters() const { return Number(path("waiters")); }

void Semaphore::Expect(const State& expected,
                       std::source_location where) const {
  const State is = state();
  if (is == expected) return;
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line()))
      << name_ << " is:   " << is << "\nexpected: " << expected;
}

}  // namespace ksem_test

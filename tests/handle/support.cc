// SPDX-License-Identifier: MIT
#include "tests/handle/support.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace ksem_test {

std::string DevicePath(const std::string& name) { return "/dev/ksem/" + name; }

std::string ClassPath(const std::string& name, const std::string& file) {
  return "/sys/class/ksem/" + name + (file.empty() ? "" : "/" + file);
}

std::string Watched::Read() {
  std::string text;
  EXPECT_EQ(file_.ReadAt(&text, 0), 0);
  return text;
}

bool Watched::Changes(int timeout_ms) const {
  pollfd poll_fd = {.fd = file_.fd(), .events = POLLPRI};
  const int count = poll(&poll_fd, 1, timeout_ms);
  EXPECT_EQ(poll_fd.revents, count == 1 ? POLLPRI | POLLERR : 0);
  return count == 1;
}

Handle::Handle(const Semaphore& sem, int flags)
    : File(DevicePath(sem.name()), flags), name_(sem.name()) {
  EXPECT_EQ(error(), 0) << DevicePath(name_);
}

Errno Handle::Request(unsigned long command, void* argument) const {
  return Errno::Of(ioctl(fd(), command, argument));
}

Errno Handle::Wait(ksem_ioc_wait request) const {
  return Request(KSEM_IOC_WAIT, &request);
}

Errno Handle::Post(ksem_ioc_post request) const {
  return Request(KSEM_IOC_POST, &request);
}

ksem_ioc_info Handle::Info() const {
  ksem_ioc_info info = {};
  EXPECT_EQ(Request(KSEM_IOC_INFO, &info), 0);
  return info;
}

void Handle::Expect(const State& state, const Holding& holding,
                    std::source_location where) const {
  Semaphore::Named(name_).Expect(state, where);
  ExpectWithoutFiles(state, holding, where);
}

void Handle::ExpectWithoutFiles(const State& state, const Holding& holding,
                                std::source_location where) const {
  const ksem_ioc_info info = Info();
  const bool by_priority = info.flags & KSEM_INFO_PRIORITY;
  const State is = {.value = info.value,
                    .max = info.max,
                    .waiters = info.waiters,
                    .order = by_priority ? "priority" : "fifo"};
  const unsigned flags = info.flags & ~(KSEM_INFO_PRIORITY | KSEM_INFO_OWNER);
  if (is == state && info.undo == holding.undo && flags == holding.flags &&
      info.page_version == KSEM_PAGE_VERSION && info.id != 0) {
    return;
  }
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line()))
      << "handle of " << name_ << " is: " << is << ", undo " << info.undo
      << ", flags " << flags << ", page version " << info.page_version
      << ", id " << info.id << "\nexpected: " << state << ", undo "
      << holding.undo << ", flags " << holding.flags;
}

unsigned long WithSize(unsigned long command, size_t size) {
  return (command & ~static_cast<unsigned long>(IOCSIZE_MASK)) |
         size << IOCSIZE_SHIFT;
}

ksem_ioc_op Take(const Handle& handle, unsigned units) {
  return {.fd = handle.fd(), .op = KSEM_OP_WAIT, .units = units};
}

ksem_ioc_op Give(const Handle& handle, unsigned units) {
  return {.fd = handle.fd(), .op = KSEM_OP_POST, .units = units};
}

ksem_ioc_op Zero(const Handle& handle) {
  return {.fd = handle.fd(), .op = KSEM_OP_ZERO};
}

ksem_ioc_op Set(const Handle& handle, unsigned units) {
  return {.fd = handle.fd(), .op = KSEM_OP_SET, .units = units};
}

ksem_ioc_op With(ksem_ioc_op op, unsigned flags) {
  op.flags = flags;
  return op;
}

Errno Multi(unsigned long command, std::vector<ksem_ioc_op> ops,
            ksem_ioc_multi* rest) {
  rest->ops = reinterpret_cast<uintptr_t>(ops.data());
  rest->nr = ops.size();
  rest->op_size = sizeof(ksem_ioc_op);
  return Errno::Of(ioctl(ops[0].fd, command, rest));
}

Errno Any(const std::vector<ksem_ioc_op>& ops, ksem_ioc_multi rest) {
  return Multi(KSEM_IOC_ANY, ops, &rest);
}

Errno All(const std::vector<ksem_ioc_op>& ops, ksem_ioc_multi rest) {
  return Multi(KSEM_IOC_ALL, ops, &rest);
}

unsigned FailedIndex(unsigned long command, const std::vector<ksem_ioc_op>& ops,
                     Errno error) {
  ksem_ioc_multi rest = {.flags = KSEM_WAIT_NOWAIT};
  EXPECT_EQ(Multi(command, ops, &rest), error);
  return rest.index;
}

Page::Page(const Handle& handle)
    : handle_(handle),
      page_(static_cast<ksem_page*>(mmap(nullptr, getpagesize(),
                                         PROT_READ | PROT_WRITE, MAP_SHARED,
                                         handle.fd(), 0))) {
  EXPECT_NE(page_, MAP_FAILED) << Errno(errno);
}

Page::~Page() {
  if (page_ != MAP_FAILED) munmap(page_, getpagesize());
}

uint64_t Page::word() const {
  return std::atomic_ref(page_->word).load(std::memory_order_relaxed);
}

bool Page::TakeFast(unsigned units) const {
  std::atomic_ref word(page_->word);
  __u64 old = word.load(std::memory_order_relaxed);
  do {
    if (old & KSEM_WORD_CONTENDED || KSEM_WORD_UNITS(old) < units) return false;
  } while (!word.compare_exchange_weak(
      old, old - units, std::memory_order_acquire, std::memory_order_relaxed));
  return true;
}

bool Page::GiveFast(unsigned units) const {
  std::atomic_ref word(page_->word);
  __u64 old = word.load(std::memory_order_relaxed);
  do {
    if (old & KSEM_WORD_CONTENDED ||
        KSEM_WORD_CEILING(old) < uint64_t{KSEM_WORD_UNITS(old)} + units) {
      return false;
    }
  } while (!word.compare_exchange_weak(
      old, old + units, std::memory_order_release, std::memory_order_relaxed));
  return true;
}

Errno Page::Wait(unsigned units) const {
  return TakeFast(units) ? 0 : handle_.Wait({.units = units});
}

Errno Page::Post(unsigned units) const {
  return GiveFast(units) ? 0 : handle_.Post({.units = units});
}

void HandleSignal(int signal, int flags) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = flags;
  EXPECT_EQ(sigaction(signal, &action, nullptr), 0);
}

int64_t Now(int clock) {
  timespec now;
  EXPECT_EQ(clock_gettime(clock, &now), 0);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

}  // namespace ksem_test

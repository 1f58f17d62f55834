// SPDX-License-Identifier: MIT
#include "ksem/several.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <system_error>

#include "fsclient/src/handle.h"
#include "fsclient/src/opened.h"
#include "fsclient/src/stoppable.h"
#include "fsclient/src/system.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem {
namespace internal {

// A request of several operations, by the handle of the first.
class Several {
 public:
  Several(unsigned long command, std::uint32_t operation,
          std::span<const Want> wants)
      : command_(command) {
    if (wants.empty() || wants.size() > kMaxWants) {
      throw WantError(EINVAL, "several", 0);
    }
    for (const Want& want : wants) add(operation, want);
    request_.nr = static_cast<__u32>(wants.size());
    request_.op_size = sizeof(ksem_ioc_op);
    request_.ops = reinterpret_cast<std::uintptr_t>(operations_);
  }
  Several(const Several&) = delete;
  Several& operator=(const Several&) = delete;

  void without_blocking() {
    request_.flags |= KSEM_WAIT_NOWAIT;
    blocks_ = false;
  }
  void until(const Deadline& deadline) {
    if (has_passed(deadline)) return without_blocking();
    request_.flags |= KSEM_WAIT_DEADLINE;
    request_.clock = static_cast<__u32>(deadline.clock);
    request_.timeout = std::max<__s64>(deadline.at.count(), 0);
  }

  // 0 or an errno.
  int make() {
    int error;
    do {
      error = once();
    } while (error == EINTR);
    return error;
  }
  int make(const std::stop_token& stop) {
    if (!stop.stop_possible()) return make();
    if (stop.stop_requested()) return ECANCELED;
    return wait_stoppable(
        stop, [this] { return once(); },
        [this] {
          std::atomic_ref(request_.flags).store(~0U, std::memory_order_release);
        });
  }

  // Otherwise EAGAIN comes from a handle that somebody has set O_NONBLOCK.
  bool blocks() const { return blocks_; }

  // Which of them was done, or failed.
  std::size_t index() const { return request_.index; }

 private:
  // It is about the one that is to be added.
  [[noreturn]] void fail(int error, const Want& want) const {
    throw WantError(error, "several " + want.semaphore.name(), count_);
  }

  void add(std::uint32_t operation, const Want& want) {
    if (!want.semaphore.opened_) fail(EBADF, want);
    const Opened& opened = *want.semaphore.opened_;
    if (opened.via != Via::kHandle) fail(ENODEV, want);
    const auto& handle = static_cast<const Handle&>(*opened.backend);
    const bool undo = request_.flags & KSEM_WAIT_UNDO;
    if (count_ > 0 && undo != handle.undo()) fail(EINVAL, want);
    if (handle.undo()) request_.flags |= KSEM_WAIT_UNDO;
    if (count_ == 0) first_ = handle.descriptor();
    ksem_ioc_op& op = operations_[count_++];
    op.fd = handle.descriptor();
    op.op = operation;
    op.units = static_cast<__u32>(std::max(want.units, 0));
    op.id = handle.id();
  }

  int once() {
    const int error =
        -std::min(or_errno(ioctl(first_, command_, &request_)), 0);
    // The descriptors are ours, so one isn't open for this.
    return error == EBADF ? EACCES : error;
  }

  const unsigned long command_;
  int first_ = -1;
  bool blocks_ = true;
  std::size_t count_ = 0;
  ksem_ioc_op operations_[kMaxWants] = {};
  ksem_ioc_multi request_ = {};
};

}  // namespace internal

namespace {

using internal::Deadline;
using internal::Several;

// Whether it is done; throws what is no answer.
bool is_done(int error, const Several& several, const Wants& wants,
             const char* operation) {
  if (error == 0) return true;
  if (error == ETIMEDOUT || error == ECANCELED) return false;
  if (error == EAGAIN && !several.blocks()) return false;
  // The request goes by the handle of the first, so O_NONBLOCK is that one's.
  const std::size_t which =
      error == EAGAIN ? 0 : std::min(several.index(), wants.get().size() - 1);
  throw WantError(
      error, std::string(operation) + " " + wants.get()[which].semaphore.name(),
      which);
}

Several any(const Wants& wants) {
  return {KSEM_IOC_ANY, KSEM_OP_WAIT, wants.get()};
}

Several all(const Wants& wants, std::uint32_t operation = KSEM_OP_WAIT) {
  return {KSEM_IOC_ALL, operation, wants.get()};
}

std::optional<std::size_t> which_of(int error, const Several& several,
                                    const Wants& wants) {
  if (!is_done(error, several, wants, "acquire_any")) return std::nullopt;
  return several.index();
}

bool is_acquired(int error, const Several& several, const Wants& wants) {
  return is_done(error, several, wants, "acquire_all");
}

}  // namespace

std::optional<std::size_t> internal::acquire_any_until(
    const Wants& wants, const Deadline& deadline, const std::stop_token& stop) {
  Several several = any(wants);
  several.until(deadline);
  return which_of(several.make(stop), several, wants);
}

bool internal::acquire_all_until(const Wants& wants, const Deadline& deadline,
                                 const std::stop_token& stop) {
  Several several = all(wants);
  several.until(deadline);
  return is_acquired(several.make(stop), several, wants);
}

std::size_t acquire_any(const Wants& wants) {
  Several several = any(wants);
  return which_of(several.make(), several, wants).value();
}

std::optional<std::size_t> acquire_any(std::stop_token stop,
                                       const Wants& wants) {
  Several several = any(wants);
  return which_of(several.make(stop), several, wants);
}

std::optional<std::size_t> try_acquire_any(const Wants& wants) {
  Several several = any(wants);
  several.without_blocking();
  return which_of(several.make(), several, wants);
}

void acquire_all(const Wants& wants) {
  Several several = all(wants);
  is_acquired(several.make(), several, wants);
}

bool acquire_all(std::stop_token stop, const Wants& wants) {
  Several several = all(wants);
  return is_acquired(several.make(stop), several, wants);
}

bool try_acquire_all(const Wants& wants) {
  Several several = all(wants);
  several.without_blocking();
  return is_acquired(several.make(), several, wants);
}

void release_all(const Wants& wants) {
  Several several = all(wants, KSEM_OP_POST);
  is_done(several.make(), several, wants, "release_all");
}

void wait_for_zero(Semaphore& semaphore) {
  const Want none = {semaphore, 0};
  Several several = {KSEM_IOC_ALL, KSEM_OP_ZERO, std::span(&none, 1)};
  is_done(several.make(), several, std::span(&none, 1), "wait_for_zero");
}

ScopedUnits::ScopedUnits(const Wants& wants)
    : wants_(wants.get().begin(), wants.get().end()) {
  acquire_all(wants);
}

ScopedUnits::~ScopedUnits() {
  // One by one: a semaphore that is shut down keeps no others from theirs.
  for (const Want& want : wants_) {
    std::error_code error;
    want.semaphore.release(want.units, error);
  }
}

}  // namespace ksem

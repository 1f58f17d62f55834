// SPDX-License-Identifier: MIT
#include "ksem/several.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>

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
  // `name` is what an error calls it.
  Several(const char* name, unsigned long command, std::uint32_t operation,
          const Wants& wants)
      : name_(name), command_(command), wants_(wants.wants_) {
    if (wants_.empty() || wants_.size() > kMaxWants) fail(EINVAL, 0);
    for (const Want& want : wants_) add(operation, want);
    request_.nr = static_cast<__u32>(wants_.size());
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

  // Whether it is done; throws what is no answer.
  bool make(const std::stop_token& stop = {}) {
    const int error = stop.stop_possible() ? wait(stop) : wait();
    if (error == 0) return true;
    if (error == ETIMEDOUT || error == ECANCELED) return false;
    if (error != EAGAIN) fail(error, request_.index);
    if (!blocks_) return false;
    // Somebody has set O_NONBLOCK on the handle of the first.
    fail(error, 0);
  }

  // The same, and which of them was done.
  std::optional<std::size_t> make_one(const std::stop_token& stop = {}) {
    if (!make(stop)) return std::nullopt;
    return request_.index;
  }

 private:
  [[noreturn]] void fail(int error, std::size_t index) const {
    std::string what = name_;
    if (!wants_.empty()) {
      index = std::min(index, wants_.size() - 1);
      const std::string& semaphore = wants_[index].semaphore.name();
      if (!semaphore.empty()) what += " " + semaphore;
    }
    throw WantError(error, what, index);
  }

  void add(std::uint32_t operation, const Want& want) {
    if (!want.semaphore.opened_) fail(EBADF, count_);
    const Opened& opened = *want.semaphore.opened_;
    if (opened.via != Via::kHandle) fail(ENODEV, count_);
    const auto& handle = static_cast<const Handle&>(*opened.backend);
    const bool undo = request_.flags & KSEM_WAIT_UNDO;
    if (count_ > 0 && undo != handle.undo()) fail(EINVAL, count_);
    if (handle.undo()) request_.flags |= KSEM_WAIT_UNDO;
    if (count_ == 0) first_ = handle.descriptor();
    ksem_ioc_op& op = operations_[count_++];
    op.fd = handle.descriptor();
    op.op = operation;
    op.units = static_cast<__u32>(std::max(want.units, 0));
    op.id = handle.id();
  }

  // These return 0 or an errno.
  int wait() {
    int error;
    do {
      error = once();
    } while (error == EINTR);
    return error;
  }
  int wait(const std::stop_token& stop) {
    if (stop.stop_requested()) return ECANCELED;
    return wait_stoppable(
        stop, [this] { return once(); },
        [this] {
          std::atomic_ref(request_.flags).store(~0U, std::memory_order_release);
        });
  }

  int once() {
    const int error =
        -std::min(or_errno(ioctl(first_, command_, &request_)), 0);
    // The descriptors are ours, so one isn't open for this; or another file has
    // the number of the first.
    if (error == ENOTTY) return ESTALE;
    return error == EBADF ? EACCES : error;
  }

  const char* const name_;
  const unsigned long command_;
  const std::span<const Want> wants_;
  int first_ = -1;
  bool blocks_ = true;
  std::size_t count_ = 0;
  ksem_ioc_op operations_[kMaxWants] = {};
  ksem_ioc_multi request_ = {};
};

}  // namespace internal

namespace {

using internal::Several;

Several any(const char* name, const Wants& wants) {
  return {name, KSEM_IOC_ANY, KSEM_OP_WAIT, wants};
}

Several all(const char* name, const Wants& wants,
            std::uint32_t operation = KSEM_OP_WAIT) {
  return {name, KSEM_IOC_ALL, operation, wants};
}

}  // namespace

std::optional<std::size_t> internal::acquire_any_until(
    const Wants& wants, const Deadline& deadline, const std::stop_token& stop) {
  Several several = any("try_acquire_any", wants);
  several.until(deadline);
  return several.make_one(stop);
}

bool internal::acquire_all_until(const Wants& wants, const Deadline& deadline,
                                 const std::stop_token& stop) {
  Several several = all("try_acquire_all", wants);
  several.until(deadline);
  return several.make(stop);
}

std::size_t acquire_any(Wants wants) {
  return any("acquire_any", wants).make_one().value();
}

std::optional<std::size_t> acquire_any(std::stop_token stop, Wants wants) {
  return any("acquire_any", wants).make_one(stop);
}

std::optional<std::size_t> try_acquire_any(Wants wants) {
  Several several = any("try_acquire_any", wants);
  several.without_blocking();
  return several.make_one();
}

void acquire_all(Wants wants) { all("acquire_all", wants).make(); }

bool acquire_all(std::stop_token stop, Wants wants) {
  return all("acquire_all", wants).make(stop);
}

bool try_acquire_all(Wants wants) {
  Several several = all("try_acquire_all", wants);
  several.without_blocking();
  return several.make();
}

void release_all(Wants wants) {
  all("release_all", wants, KSEM_OP_POST).make();
}

void wait_for_zero(Semaphore& semaphore) {
  const Want none = {semaphore, 0};
  all("wait_for_zero", std::span(&none, 1), KSEM_OP_ZERO).make();
}

ScopedUnits::ScopedUnits(Wants wants) {
  taken_.reserve(wants.wants_.size());
  for (const Want& want : wants.wants_) {
    taken_.push_back({want.semaphore.opened_.get(), want.units});
  }
  acquire_all(wants.wants_);
}

ScopedUnits::~ScopedUnits() {
  // One by one: a semaphore that is shut down keeps no others from theirs.
  for (const Taken& taken : taken_) {
    static_cast<void>(taken.opened->release(taken.units));
  }
}

}  // namespace ksem

// SPDX-License-Identifier: MIT
#include "ksem/several.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>

#include "fsclient/src/deadline.h"
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
  Several(const char* name, unsigned long command, const Limit& limit)
      : name_(name), command_(command), limit_(limit) {
    if (limit.has_passed()) {
      request_.flags = KSEM_WAIT_NOWAIT;
    } else {
      set_deadline(limit, request_);
    }
    request_.op_size = sizeof(ksem_ioc_op);
    request_.ops = reinterpret_cast<std::uintptr_t>(operations_);
  }
  Several(const Several&) = delete;
  Several& operator=(const Several&) = delete;

  void add(Op op, const Wants& wants) {
    for (const Want& want : wants) {
      add(op, want.semaphore, want.units);
    }
  }
  void add(const Operations& operations) {
    for (const Operation& operation : operations) {
      add(operation.op, operation.semaphore, operation.units);
    }
  }
  void add(Op op, const Semaphore& semaphore, int units) {
    if (error_) return;
    if (request_.nr == kMaxWants) {
      error_ = EINVAL;
      return;
    }
    semaphores_[request_.nr] = &semaphore;
    error_ = fill(operations_[request_.nr], op, semaphore, units);
    if (error_) request_.index = request_.nr;
    request_.nr++;
  }

  // Whether it is done.  What is no answer is told by `error`, and thrown if
  // that is null.
  bool make(std::error_code* error) {
    if (request_.nr == 0) error_ = EINVAL;
    if (!error_) error_ = wait();
    const bool done = !error_;
    if (is_answer()) error_ = 0;
    if (error) {
      *error = {error_, std::generic_category()};
    } else if (error_) {
      fail();
    }
    return done;
  }

  // The same, and which of them was done.
  std::optional<std::size_t> make_one(std::error_code* error) {
    if (!make(error)) return std::nullopt;
    return request_.index;
  }

 private:
  int fill(ksem_ioc_op& operation, Op op, const Semaphore& semaphore,
           int units) {
    constexpr __u32 kOps[] = {KSEM_OP_WAIT, KSEM_OP_POST, KSEM_OP_ZERO,
                              KSEM_OP_SET};
    if (!semaphore.opened_) return EBADF;
    if (semaphore.opened_->via != Via::kHandle) return ENODEV;
    if (op == Op::kZero) units = 0;
    if (units < 0) return EINVAL;
    const auto& handle =
        static_cast<const Handle&>(*semaphore.opened_->backend);
    if (request_.nr == 0) first_ = handle.descriptor();
    operation.fd = handle.descriptor();
    operation.op = kOps[static_cast<int>(op)];
    operation.units = static_cast<__u32>(units);
    operation.id = handle.id();
    return set_undo(operation, handle.undo());
  }

  // Any has one flag for all of them.
  int set_undo(ksem_ioc_op& operation, bool undo) {
    if (command_ == KSEM_IOC_ANY) {
      const bool before = request_.flags & KSEM_WAIT_UNDO;
      if (request_.nr > 0 && undo != before) return EINVAL;
      if (undo) request_.flags |= KSEM_WAIT_UNDO;
    } else if (undo &&
               (operation.op == KSEM_OP_WAIT || operation.op == KSEM_OP_POST)) {
      operation.flags = KSEM_OP_UNDO;
    }
    return 0;
  }

  // These return 0 or an errno.
  int wait() {
    if (limit_.stop.stop_requested()) return ECANCELED;
    int error;
    do {
      error = limit_.stop.stop_possible() ? once_stoppable() : once();
    } while (error == EINTR);
    return error;
  }
  int once_stoppable() {
    return wait_stoppable(
        limit_.stop, [this] { return once(); },
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

  bool is_answer() const {
    if (error_ == ETIMEDOUT || error_ == ECANCELED) return true;
    // Else somebody has set O_NONBLOCK on the handle of the first.
    return error_ == EAGAIN && request_.flags & KSEM_WAIT_NOWAIT;
  }

  [[noreturn]] void fail() const {
    const std::size_t index = error_ == EAGAIN ? 0 : request_.index;
    std::string what = limit_.deadline ? "try_" : "";
    what += name_;
    if (index < request_.nr) {
      const std::string& semaphore = semaphores_[index]->name();
      if (!semaphore.empty()) what += " " + semaphore;
    }
    throw WantError(error_, what, index);
  }

  const char* const name_;
  const unsigned long command_;
  const Limit& limit_;
  int first_ = -1;
  int error_ = 0;
  const Semaphore* semaphores_[kMaxWants] = {};
  ksem_ioc_op operations_[kMaxWants] = {};
  ksem_ioc_multi request_ = {};
};

std::optional<std::size_t> AcquireAny::make(const Wants& wants,
                                            const Limit& limit,
                                            std::error_code* error) {
  Several any("acquire_any", KSEM_IOC_ANY, limit);
  any.add(Op::kAcquire, wants);
  return any.make_one(error);
}

bool AcquireAll::make(const Wants& wants, const Limit& limit,
                      std::error_code* error) {
  Several all("acquire_all", KSEM_IOC_ALL, limit);
  all.add(Op::kAcquire, wants);
  return all.make(error);
}

bool Operate::make(const Operations& operations, const Limit& limit,
                   std::error_code* error) {
  Several step("operate", KSEM_IOC_ALL, limit);
  step.add(operations);
  return step.make(error);
}

bool WaitForZero::make(Semaphore& semaphore, const Limit& limit,
                       std::error_code* error) {
  Several zero("wait_for_zero", KSEM_IOC_ALL, limit);
  zero.add(Op::kZero, semaphore, 0);
  return zero.make(error);
}

}  // namespace internal

namespace {

void release(const Wants& wants, std::error_code* error) {
  const internal::Limit none;
  internal::Several all("release_all", KSEM_IOC_ALL, none);
  all.add(Op::kRelease, wants);
  all.make(error);
}

}  // namespace

void release_all(Wants wants) { release(wants, nullptr); }

// NOLINTNEXTLINE(bugprone-exception-escape): with `error` nothing is thrown
void release_all(Wants wants, std::error_code& error) noexcept {
  release(wants, &error);
}

ScopedUnits::ScopedUnits(const Wants& wants, const internal::Limit& limit) {
  taken_.reserve(wants.size());
  for (const Want& want : wants) {
    taken_.push_back({want.semaphore.opened_.get(), want.units});
  }
  if (!internal::AcquireAll::make(wants, limit, nullptr)) taken_.clear();
}

ScopedUnits::~ScopedUnits() {
  for (const Taken& taken : taken_) {
    static_cast<void>(taken.opened->release(taken.units));
  }
}

void ScopedUnits::release() {
  int error = 0;
  const internal::Opened* of = nullptr;
  for (const Taken& taken : std::exchange(taken_, {})) {
    const int failed = taken.opened->release(taken.units);
    if (!failed || error) continue;
    error = failed;
    of = taken.opened;
  }
  if (!error) return;
  throw std::system_error(error, std::generic_category(),
                          "release " + of->name);
}

}  // namespace ksem

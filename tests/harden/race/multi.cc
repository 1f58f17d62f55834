// SPDX-License-Identifier: MIT
// ANY and ALL, over semaphores that are kept and one that may be gone.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "tests/harden/race/limits.h"
#include "tests/harden/race/operations.h"
#include "tests/harden/race/racer.h"
#include "tests/harden/race/wild.h"

namespace ksem_test {
namespace {

// The operations of one request, and whose units they are.
class Request {
 public:
  explicit Request(Racer& r) : r_(r), undo_(r.OneIn(3)) {
    if (r.OneIn(4)) wild_.emplace(DevicePath(AnyWildName(r)), O_RDWR);
  }

  void Add(unsigned op, int sem, int units, unsigned flags = 0) {
    ops_.push_back({.fd = sem == kWild ? wild_->fd() : r_.handle(sem).fd(),
                    .op = op,
                    .units = static_cast<__u32>(units),
                    .flags = flags});
    sems_.push_back(sem);
  }
  // ANY takes every semaphore once.
  void AddOnce(unsigned op, int sem, int units) {
    if (std::ranges::count(sems_, sem) == 0) Add(op, sem, units);
  }
  // A third semaphore, if there is one and it still has its device.
  void AddWild(unsigned op, int units, unsigned flags = 0) {
    if (wild_ && !wild_->error()) Add(op, kWild, units, flags);
  }

  // What comes back goes only to those that have room for it.
  int AnySemaphore() { return undo_ ? r_.Below(kTight) : r_.AnySemaphore(); }
  Account& account(int sem) { return undo_ ? r_.undo(sem) : r_.plain(sem); }
  // Of one operation of ALL, besides what the request says.
  unsigned AnyFlags() {
    const unsigned undo[] = {0, KSEM_OP_UNDO, KSEM_OP_ADJUST};
    return (undo_ ? undo[r_.Below(3)] : 0) | (r_.OneIn(8) ? KSEM_OP_NOWAIT : 0);
  }

  // How many units of each semaphore all of the operations take.
  std::array<int, kSemaphores> Taken() const {
    std::array<int, kSemaphores> taken = {};
    for (size_t i = 0; i < ops_.size(); i++) Count(i, &taken);
    return taken;
  }
  // And how many the operation `index` does.
  std::array<int, kSemaphores> TakenBy(size_t index) const {
    std::array<int, kSemaphores> taken = {};
    Count(index, &taken);
    return taken;
  }

  // For the gate: what a blocked ALL waits for.
  void TellNeeds() {
    std::array<int, kSemaphores> taken = {}, needs = {};
    for (size_t i = 0; i < ops_.size(); i++) {
      Count(i, &taken);
      if (sems_[i] == kWild || ops_[i].op == KSEM_OP_ZERO)
        needs[0] = Lane::kNobodyKnows;
      else
        needs[sems_[i]] = std::max(needs[sems_[i]], taken[sems_[i]]);
    }
    r_.TellNeeds(needs);
  }

  // Of an error it can't be said whether a semaphore that is kept gave it.
  Errno Make(unsigned long command) {
    if (ops_.empty()) return kNothingToDo;
    const Limit limit = AnyLimit(r_);
    ksem_ioc_multi rest = {.flags = limit.flags | (undo_ ? KSEM_WAIT_UNDO : 0),
                           .timeout = limit.timeout,
                           .clock = limit.clock};
    const auto all = Taken();
    for (int sem = 0; sem < kSemaphores; sem++) account(sem).Doubt(all[sem]);
    const Errno error = Multi(command, ops_, &rest);
    const auto taken =
        command == KSEM_IOC_ALL || error ? all : TakenBy(rest.index);
    for (int sem = 0; sem < kSemaphores; sem++)
      account(sem).Settle(error ? 0 : taken[sem]);
    return error;
  }

 private:
  static constexpr int kWild = -1;

  void Count(size_t i, std::array<int, kSemaphores>* taken) const {
    if (sems_[i] == kWild || ops_[i].op == KSEM_OP_ZERO) return;
    const int units = static_cast<int>(ops_[i].units);
    (*taken)[sems_[i]] += ops_[i].op == KSEM_OP_WAIT ? units : -units;
  }

  Racer& r_;
  const bool undo_;
  std::optional<File> wild_;
  std::vector<ksem_ioc_op> ops_;
  std::vector<int> sems_;
};

Errno Any(Racer& r) {
  Request request(r);
  for (int i = 1 + r.Below(4); i > 0; i--)
    request.AddOnce(KSEM_OP_WAIT, request.AnySemaphore(), r.AnyUnits());
  request.AddWild(KSEM_OP_WAIT, 1);
  return request.Make(KSEM_IOC_ANY);
}

void AddAnyWild(Racer& r, Request* request) {
  const unsigned op = r.Below(KSEM_OP_SET + 1);
  unsigned flags = r.OneIn(8) ? KSEM_OP_NOWAIT : 0;
  if (op == KSEM_OP_WAIT || op == KSEM_OP_POST) flags |= KSEM_OP_ADJUST;
  if (op == KSEM_OP_SET) flags |= KSEM_OP_UNDO;
  request->AddWild(op, op == KSEM_OP_ZERO ? 0 : r.AnyUnits(), flags);
}

// As a transfer: what is taken of one is given to another, or to the same.
Errno All(Racer& r) {
  Request request(r);
  for (int i = 1 + r.Below(2); i > 0; i--)
    request.Add(KSEM_OP_WAIT, request.AnySemaphore(), r.AnyUnits(),
                request.AnyFlags());
  const int to = request.AnySemaphore();
  const int units = r.UnitsToGive(to, request.account(to));
  if (units > 0) request.Add(KSEM_OP_POST, to, units, request.AnyFlags());
  if (r.OneIn(8)) request.Add(KSEM_OP_ZERO, request.AnySemaphore(), 0);
  AddAnyWild(r, &request);
  request.TellNeeds();
  return request.Make(KSEM_IOC_ALL);
}

}  // namespace

std::vector<Operation> MultiOperations() {
  // EIDRM and ERANGE: the third semaphore was shut down, or its ceiling is low.
  return {
      {"ANY", Any, {EAGAIN, ETIMEDOUT, EINTR, EIDRM, ERANGE}, 3},
      {"ALL",
       All,
       {EAGAIN, ETIMEDOUT, EINTR, EIDRM, ERANGE, EOVERFLOW},
       3,
       false},
  };
}

}  // namespace ksem_test

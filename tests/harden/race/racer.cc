// SPDX-License-Identifier: MIT
#include "tests/harden/race/racer.h"

#include <unistd.h>

#include <cerrno>

#include "tests/harden/race/operations.h"
#include "tests/harden/race/shaker.h"

namespace ksem_test {

Racer::Racer(const Scene& scene, const Doors& doors, Board* board, int index,
             uint64_t seed)
    : scene_(scene),
      doors_(doors),
      board_(board),
      lane_(board->lanes[index]),
      index_(index),
      random_(seed) {}

void Racer::Run() {
  lane_.tid = gettid();
  for (;;) {
    board_->PassGate(&lane_);
    if (board_->over) break;
    Shake(&random_);
    Step();
  }
  lane_.where = Where::kNowhere;
}

void Racer::Step() {
  const std::vector<Operation>& all = Operations();
  const Deck& deck = has_request() && OneIn(3) ? Requests() : Everything();
  const int chosen = deck[Below(static_cast<int>(deck.size()))];
  lane_.operation = chosen;
  const Errno error = all[chosen].run(*this);
  if (error == kNothingToDo) return;
  Count& count = board_->counts[chosen];
  (error ? count.refused : count.done)++;
  if (!error || (error == EIDRM && board_->shut_down)) return;
  if (!all[chosen].errnos.contains(error.value()))
    board_->Found(chosen, error.value());
}

int Racer::UnitsToGive(int sem, const Account& account) {
  if (sem == kTight) return AnyUnits();
  const int units = account.balance().units;
  return units > 0 ? 1 + Below(units) : 0;
}

Errno Take(Account& account, int units, const std::function<Errno()>& call) {
  account.Doubt(units);
  const Errno error = call();
  account.Settle(error ? 0 : units);
  return error;
}

Errno Give(Account& account, int units, const std::function<Errno()>& call) {
  if (units <= 0) return kNothingToDo;
  return Take(account, -units, call);
}

}  // namespace ksem_test

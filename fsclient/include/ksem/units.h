// SPDX-License-Identifier: MIT
// Units that are given back when their scope ends.
//
//   {
//     ksem::Units two(memory, 2);   // blocks until both are there
//     work();
//   }                               // given back, exception or not
//
//   if (memory.try_acquire_for(1s)) {
//     ksem::Units one(memory, ksem::kAdopt);
//     work();
//   }
#ifndef KSEM_UNITS_H_
#define KSEM_UNITS_H_

#include <utility>

#include "ksem/semaphore.h"

namespace ksem {

struct Adopt {};
// Says that the units have been taken already.
inline constexpr Adopt kAdopt;

// Refers to the Semaphore object, which has to stay where it is meanwhile.
// Several threads may not use one Units object at once.
class Units {
 public:
  // Takes them: see Semaphore::acquire().
  explicit Units(Semaphore& semaphore, int n = 1)
      : semaphore_(&semaphore), count_(n) {
    semaphore.acquire(n);
  }
  Units(Semaphore& semaphore, Adopt, int n = 1)
      : semaphore_(&semaphore), count_(n) {}

  Units(Units&& other) noexcept
      : semaphore_(other.semaphore_), count_(other.dismiss()) {}
  // What it held before is given back, as by the destructor.
  Units& operator=(Units&& other) noexcept {
    Units theirs(std::move(other));
    std::swap(semaphore_, theirs.semaphore_);
    std::swap(count_, theirs.count_);
    return *this;
  }

  // Gives them back.  If that fails nobody is told: use release() to know.
  ~Units();

  // Gives them back now; errors as Semaphore::release().  Nothing is held
  // afterwards, even if it fails.
  void release() {
    if (count_ > 0) semaphore_->release(dismiss());
  }

  // Leaves them taken: they are the caller's from now on.  Returns how many.
  int dismiss() noexcept { return std::exchange(count_, 0); }

  // How many it holds.
  int count() const noexcept { return count_; }

 private:
  Semaphore* semaphore_;
  int count_;
};

}  // namespace ksem

#endif  // KSEM_UNITS_H_

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

#include <chrono>
#include <mutex>
#include <stop_token>
#include <utility>

#include "ksem/internal/export.h"
#include "ksem/semaphore.h"

namespace ksem {

struct Adopt {};
// Says that the units have been taken already.
inline constexpr Adopt kAdopt;

// The Semaphore object may be moved meanwhile, but not destroyed or assigned
// to. Several threads may not use one Units object at once.
class KSEM_API Units {
 public:
  // Takes them: see Semaphore::acquire().
  [[nodiscard]] explicit Units(Semaphore& semaphore, int n = 1);
  // EBADF if the object has been moved from.
  [[nodiscard]] Units(Semaphore& semaphore, Adopt, int n = 1);

  // Takes them, or none: see Semaphore::try_acquire(), acquire(stop),
  // try_acquire_for() and try_acquire_until().
  //
  //   if (const ksem::Units unit(memory, 1s); unit) work();
  [[nodiscard]] Units(Semaphore& semaphore, std::try_to_lock_t, int n = 1);
  [[nodiscard]] Units(Semaphore& semaphore, std::stop_token stop, int n = 1);
  template <class Rep, class Period>
  [[nodiscard]] Units(Semaphore& semaphore,
                      const std::chrono::duration<Rep, Period>& timeout,
                      int n = 1)
      : Units(semaphore, kAdopt,
              semaphore.try_acquire_for(timeout, n) ? n : 0) {}
  template <class Clock, class Duration>
  [[nodiscard]] Units(Semaphore& semaphore,
                      const std::chrono::time_point<Clock, Duration>& deadline,
                      int n = 1)
      : Units(semaphore, kAdopt,
              semaphore.try_acquire_until(deadline, n) ? n : 0) {}
  template <class Rep, class Period>
  [[nodiscard]] Units(Semaphore& semaphore, std::stop_token stop,
                      const std::chrono::duration<Rep, Period>& timeout,
                      int n = 1)
      : Units(semaphore, kAdopt,
              semaphore.try_acquire_for(std::move(stop), timeout, n) ? n : 0) {}
  template <class Clock, class Duration>
  [[nodiscard]] Units(Semaphore& semaphore, std::stop_token stop,
                      const std::chrono::time_point<Clock, Duration>& deadline,
                      int n = 1)
      : Units(semaphore, kAdopt,
              semaphore.try_acquire_until(std::move(stop), deadline, n) ? n
                                                                        : 0) {}

  Units(Units&& other) noexcept
      : opened_(other.opened_), count_(other.dismiss()) {}
  // What it held before is given back, as by the destructor.
  Units& operator=(Units&& other) noexcept {
    Units theirs(std::move(other));
    std::swap(opened_, theirs.opened_);
    std::swap(count_, theirs.count_);
    return *this;
  }

  // Whether it holds any.
  explicit operator bool() const noexcept { return count_ > 0; }

  // Gives them back.  If that fails nobody is told: use release() to know.
  ~Units();

  // Gives them back now; errors as Semaphore::release().  Nothing is held
  // afterwards, even if it fails.
  void release();

  // Leaves them taken: they are the caller's from now on.  Returns how many.
  int dismiss() noexcept { return std::exchange(count_, 0); }

  // How many it holds.
  int count() const noexcept { return count_; }

 private:
  internal::Opened* opened_;  // goes along when the Semaphore is moved
  int count_;
};

}  // namespace ksem

#endif  // KSEM_UNITS_H_

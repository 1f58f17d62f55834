// SPDX-License-Identifier: MIT
// Calls on several semaphores: for the units of any of them, or of all; and for
// all kinds of operations in one step.
//
//   const std::size_t which = ksem::acquire_any({{input}, {control}});
//
//   {
//     // Both or none, so that two of these can't wait for each other.
//     const ksem::ScopedUnits units({{printer}, {memory, 16}});
//     print();
//   }  // given back
//
//   // Moves a unit, in one step.
//   ksem::operate({{ksem::Op::kAcquire, input}, {ksem::Op::kRelease, output}});
//
// acquire_any, acquire_all, operate and wait_for_zero can each be called in
// these ways, which are those of Semaphore::acquire():
//
//   acquire_all(wants)                     blocks until it is done
//   acquire_all(stop, wants)               ... or stop is requested
//   try_acquire_all(wants)                 doesn't block
//   try_acquire_all_for(timeout, wants)    ends by a time
//   try_acquire_all_for(stop, timeout, wants)
//   try_acquire_all_until(deadline, wants)   by the steady or the system clock
//   try_acquire_all_until(stop, deadline, wants)
//
// All but the first return whether it was done.  If not, and the time may be
// the reason or the stop, stop.stop_requested() tells.
//
// All semaphores have to be used by their handles (Via::kHandle).  Nothing here
// is a cancellation point.
//
// What fails throws a WantError.  Each way has an overload with a
// std::error_code& behind all other parameters: see "Errors" in
// ksem/semaphore.h.  The errors, beside those of Semaphore::acquire(); nothing
// was done then:
//
//   EINVAL  there are none, or more than kMaxWants; or, with any, one is named
//           twice, or some have Options::undo and some don't
//   ENODEV  one is used by its files
//   EAGAIN  it would have to block, and somebody has set O_NONBLOCK on the
//           handle of the first: see Semaphore::native_handle()
#ifndef KSEM_SEVERAL_H_
#define KSEM_SEVERAL_H_

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ksem/internal/calls.h"
#include "ksem/internal/export.h"
#include "ksem/internal/limit.h"
#include "ksem/semaphore.h"

namespace ksem {

inline constexpr std::size_t kMaxWants = 64;

// Units of one semaphore.
struct Want {
  Semaphore& semaphore;
  int units = 1;
};

enum class Op {
  kAcquire,  // take units
  kRelease,  // give units
  kZero,     // wait until there are none, whatever `units` says
  kSet,      // let there be so many, which takes permission for taking and
             // giving, not to own the device as set_value() does
};

// One operation of a step.
struct Operation {
  Op op;
  Semaphore& semaphore;
  int units = 1;
};

// What a call is about: a list in braces, a span, an array or a vector.  Only
// as the parameter of a call: the list in braces is gone when the statement
// ends, so one with a name is good for nothing.
using Wants = internal::ListOf<Want>;
using Operations = internal::ListOf<Operation>;

// Also tells which one it is about.
class KSEM_API WantError : public std::system_error {
 public:
  WantError(int error, const std::string& what, std::size_t index)
      : std::system_error(error, std::generic_category(), what),
        index_(index) {}

  // Its place in the list; 0 if it is about all of them.
  std::size_t index() const noexcept { return index_; }

 private:
  std::size_t index_;
};

namespace internal {
struct KSEM_API AcquireAny {
  using List = Wants;
  using Result = std::optional<std::size_t>;
  static Result make(const Wants&, const Limit&, std::error_code*);
};
struct KSEM_API AcquireAll {
  using List = Wants;
  using Result = bool;
  static bool make(const Wants&, const Limit&, std::error_code*);
};
struct KSEM_API Operate {
  using List = Operations;
  using Result = bool;
  static bool make(const Operations&, const Limit&, std::error_code*);
};
struct KSEM_API WaitForZero {
  using List = Semaphore&;
  using Result = bool;
  static bool make(Semaphore&, const Limit&, std::error_code*);
};
}  // namespace internal

// Takes the units of the first in the list that has them; blocks in all queues
// until one has.  Returns its place in the list; in a std::optional if it may
// be none.
inline constexpr internal::Block<internal::AcquireAny> acquire_any;
inline constexpr internal::Try<internal::AcquireAny> try_acquire_any;
inline constexpr internal::TryFor<internal::AcquireAny> try_acquire_any_for;
inline constexpr internal::TryUntil<internal::AcquireAny> try_acquire_any_until;

// Takes the units of all, in one step.  Until all are there it takes none and
// keeps no place in a queue: those that wait for one semaphore alone go first.
inline constexpr internal::Block<internal::AcquireAll> acquire_all;
inline constexpr internal::Try<internal::AcquireAll> try_acquire_all;
inline constexpr internal::TryFor<internal::AcquireAll> try_acquire_all_for;
inline constexpr internal::TryUntil<internal::AcquireAll> try_acquire_all_until;

// Gives the units of all, in one step: EOVERFLOW if one would pass its ceiling,
// and then none is given.
KSEM_API void release_all(Wants wants);
KSEM_API void release_all(Wants wants, std::error_code& error) noexcept;

// Does all operations in one step, in the order of the list, which can name a
// semaphore more than once.  Until all can be done it does none: it waits for
// units to take, and for there to be none; a release that would pass the
// ceiling is an error at once.  With Options::undo of one of the objects, what
// that takes and gives is undone as always; kSet doesn't change what is undone.
inline constexpr internal::Block<internal::Operate> operate;
inline constexpr internal::Try<internal::Operate> try_operate;
inline constexpr internal::TryFor<internal::Operate> try_operate_for;
inline constexpr internal::TryUntil<internal::Operate> try_operate_until;

// Waits until one semaphore, which is given in place of a list, has no unit.
// That it has none for a moment is enough.
inline constexpr internal::Block<internal::WaitForZero> wait_for_zero;
inline constexpr internal::Try<internal::WaitForZero> try_wait_for_zero;
inline constexpr internal::TryFor<internal::WaitForZero> try_wait_for_zero_for;
inline constexpr internal::TryUntil<internal::WaitForZero>
    try_wait_for_zero_until;

// Units of several semaphores, taken in one step and given back when the scope
// ends; else as Units.  The Semaphore objects may be moved meanwhile, but not
// destroyed or assigned to.
class KSEM_API ScopedUnits {
 public:
  // Takes them: see acquire_all().
  [[nodiscard]] explicit ScopedUnits(Wants wants)
      : ScopedUnits(wants, internal::Limit()) {}

  // Takes them, or none: see try_acquire_all() and the like.
  //
  //   if (const ksem::ScopedUnits both({{a}, {b}}, 1s); both) work();
  [[nodiscard]] ScopedUnits(Wants wants, std::try_to_lock_t)
      : ScopedUnits(wants, internal::no_time()) {}
  [[nodiscard]] ScopedUnits(Wants wants, std::stop_token stop)
      : ScopedUnits(wants, internal::Limit(std::move(stop))) {}
  template <class Rep, class Period>
  [[nodiscard]] ScopedUnits(Wants wants,
                            const std::chrono::duration<Rep, Period>& timeout)
      : ScopedUnits(wants, internal::Limit(timeout)) {}
  template <class Clock, class Duration>
  [[nodiscard]] ScopedUnits(
      Wants wants, const std::chrono::time_point<Clock, Duration>& deadline)
      : ScopedUnits(wants, internal::Limit(deadline)) {}
  // With a time, too.
  template <class Time>
  [[nodiscard]] ScopedUnits(Wants wants, std::stop_token stop, const Time& time)
      : ScopedUnits(wants, internal::Limit(time, std::move(stop))) {}

  ScopedUnits(ScopedUnits&& other) noexcept = default;
  // What it held before is given back, as by the destructor.
  ScopedUnits& operator=(ScopedUnits&& other) noexcept {
    ScopedUnits theirs(std::move(other));
    taken_.swap(theirs.taken_);
    return *this;
  }

  // Whether it holds any.
  explicit operator bool() const noexcept { return !taken_.empty(); }

  // Gives them back.  If that fails nobody is told: use release() to know.
  ~ScopedUnits();

  // Gives them back now, each for itself: one that is shut down keeps nobody
  // from the others.  Then throws the first error, as Semaphore::release().
  // Nothing is held afterwards.
  void release();

  // Leaves them taken: they are the caller's from now on.
  void dismiss() noexcept { taken_.clear(); }

 private:
  struct Taken {
    internal::Opened* opened;  // goes along when the Semaphore is moved
    int units;
  };

  ScopedUnits(const Wants& wants, const internal::Limit& limit);

  std::vector<Taken> taken_;
};

}  // namespace ksem

#endif  // KSEM_SEVERAL_H_

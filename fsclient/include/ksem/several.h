// SPDX-License-Identifier: MIT
// One wait on several semaphores: for the units of any of them, or of all.
//
//   const std::size_t which = ksem::acquire_any({{input}, {control}});
//
//   {
//     // Both or none, so that two of these can't wait for each other.
//     const ksem::ScopedUnits units({{printer}, {memory, 16}});
//     print();
//   }  // given back
//
// All semaphores have to be used by their handles (Via::kHandle), and either
// all of them with Options::undo or none.  Nothing here is a cancellation
// point.
//
// What fails throws a WantError.  The errors, beside those of
// Semaphore::acquire(); nothing was taken then:
//
//   EINVAL  there are none, or more than kMaxWants; one is named twice, with
//           any; or some have Options::undo and some don't
//   ENODEV  one is used by its files
//   EAGAIN  it would have to block, and somebody has set O_NONBLOCK on the
//           handle of the first: see Semaphore::native_handle()
#ifndef KSEM_SEVERAL_H_
#define KSEM_SEVERAL_H_

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "ksem/internal/deadline.h"
#include "ksem/internal/export.h"
#include "ksem/semaphore.h"

namespace ksem {

inline constexpr std::size_t kMaxWants = 64;

// Units of one semaphore.
struct Want {
  Semaphore& semaphore;
  int units = 1;
};

// What a call wants: a list in braces, a span, an array or a vector.  Only as
// the parameter of a call: the list in braces is gone when the statement ends,
// so a Wants with a name is good for nothing.
class Wants {
 public:
  // NOLINTBEGIN(google-explicit-constructor): they are one to the caller
  Wants(std::initializer_list<Want> wants)
      : wants_(wants.begin(), wants.size()) {}
  template <class List>
  requires std::is_convertible_v<const List&, std::span<const Want>> Wants(
      const List& wants)
      : wants_(wants) {}
  // NOLINTEND(google-explicit-constructor)
  Wants(const Wants&) = delete;
  Wants& operator=(const Wants&) = delete;

 private:
  friend class internal::Several;
  friend class ScopedUnits;

  std::span<const Want> wants_;
};

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
KSEM_API std::optional<std::size_t> acquire_any_until(
    const Wants& wants, const Deadline& deadline,
    const std::stop_token& stop = {});
KSEM_API bool acquire_all_until(const Wants& wants, const Deadline& deadline,
                                const std::stop_token& stop = {});
}  // namespace internal

// Takes the units of the first in the list that has them; blocks in all queues
// until one has.  Returns its place in the list.
[[nodiscard]] KSEM_API std::size_t acquire_any(Wants wants);
// Returns nullopt if a stop request came first.
[[nodiscard]] KSEM_API std::optional<std::size_t> acquire_any(
    std::stop_token stop, Wants wants);
// Returns nullopt if none has them now.
[[nodiscard]] KSEM_API std::optional<std::size_t> try_acquire_any(Wants wants);

// Returns nullopt if the units don't come in time.
template <class Rep, class Period>
[[nodiscard]] std::optional<std::size_t> try_acquire_any_for(
    const std::chrono::duration<Rep, Period>& timeout, Wants wants) {
  return internal::acquire_any_until(
      wants, internal::deadline_after(internal::to_nanoseconds(timeout)));
}
// Of the steady clock or the system clock.
template <class Clock, class Duration>
[[nodiscard]] std::optional<std::size_t> try_acquire_any_until(
    const std::chrono::time_point<Clock, Duration>& deadline, Wants wants) {
  return internal::acquire_any_until(wants, internal::to_deadline(deadline));
}

// As the two above, but a stop request ends them, too.  If there is nothing,
// stop.stop_requested() tells whether it was that or the time.
template <class Rep, class Period>
[[nodiscard]] std::optional<std::size_t> try_acquire_any_for(
    std::stop_token stop, const std::chrono::duration<Rep, Period>& timeout,
    Wants wants) {
  return internal::acquire_any_until(
      wants, internal::deadline_after(internal::to_nanoseconds(timeout)), stop);
}
template <class Clock, class Duration>
[[nodiscard]] std::optional<std::size_t> try_acquire_any_until(
    std::stop_token stop,
    const std::chrono::time_point<Clock, Duration>& deadline, Wants wants) {
  return internal::acquire_any_until(wants, internal::to_deadline(deadline),
                                     stop);
}

// Takes the units of all, in one step.  Until all are there it takes none and
// keeps no place in a queue: those that wait for one semaphore alone go first.
KSEM_API void acquire_all(Wants wants);
// False if a stop request came first.
[[nodiscard]] KSEM_API bool acquire_all(std::stop_token stop, Wants wants);
[[nodiscard]] KSEM_API bool try_acquire_all(Wants wants);

template <class Rep, class Period>
[[nodiscard]] bool try_acquire_all_for(
    const std::chrono::duration<Rep, Period>& timeout, Wants wants) {
  return internal::acquire_all_until(
      wants, internal::deadline_after(internal::to_nanoseconds(timeout)));
}
template <class Clock, class Duration>
[[nodiscard]] bool try_acquire_all_until(
    const std::chrono::time_point<Clock, Duration>& deadline, Wants wants) {
  return internal::acquire_all_until(wants, internal::to_deadline(deadline));
}

template <class Rep, class Period>
[[nodiscard]] bool try_acquire_all_for(
    std::stop_token stop, const std::chrono::duration<Rep, Period>& timeout,
    Wants wants) {
  return internal::acquire_all_until(
      wants, internal::deadline_after(internal::to_nanoseconds(timeout)), stop);
}
template <class Clock, class Duration>
[[nodiscard]] bool try_acquire_all_until(
    std::stop_token stop,
    const std::chrono::time_point<Clock, Duration>& deadline, Wants wants) {
  return internal::acquire_all_until(wants, internal::to_deadline(deadline),
                                     stop);
}

// Gives the units of all, in one step: EOVERFLOW if one would pass its ceiling,
// and then none is given.
KSEM_API void release_all(Wants wants);

// Blocks until the semaphore has no unit.  Errors as acquire_all().
KSEM_API void wait_for_zero(Semaphore& semaphore);

// Units of several semaphores, taken in one step and given back when the scope
// ends.  The Semaphore objects may be moved meanwhile, but not destroyed or
// assigned to.
class KSEM_API ScopedUnits {
 public:
  [[nodiscard]] explicit ScopedUnits(Wants wants);
  ~ScopedUnits();
  ScopedUnits(const ScopedUnits&) = delete;
  ScopedUnits& operator=(const ScopedUnits&) = delete;

 private:
  struct Taken {
    internal::Opened* opened;  // goes along when the Semaphore is moved
    int units;
  };
  std::vector<Taken> taken_;
};

}  // namespace ksem

#endif  // KSEM_SEVERAL_H_

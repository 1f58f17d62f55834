// SPDX-License-Identifier: MIT
// The ways in which ksem/several.h makes a call.  Not for use by others.
//
// Each is an object that is called like a function.  It hands its list to
// Call::make(), with a limit, and with where to tell an error: nullptr throws
// it.
#ifndef KSEM_INTERNAL_CALLS_H_
#define KSEM_INTERNAL_CALLS_H_

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <type_traits>
#include <utility>

#include "ksem/internal/limit.h"

namespace ksem::internal {

template <class List, class Element>
concept IsListOf =
    std::is_nothrow_convertible_v<const List&, std::span<const Element>>;

template <class Element>
class ListOf {
 public:
  // NOLINTBEGIN(google-explicit-constructor): they are one to the caller
  ListOf(std::initializer_list<Element> list) noexcept
      : elements_(list.begin(), list.size()) {}
  template <IsListOf<Element> List>
  ListOf(const List& list) noexcept : elements_(list) {}
  // NOLINTEND(google-explicit-constructor)
  ListOf(const ListOf&) = delete;
  ListOf& operator=(const ListOf&) = delete;

  const Element* begin() const { return elements_.data(); }
  const Element* end() const { return begin() + elements_.size(); }
  std::size_t size() const { return elements_.size(); }

 private:
  std::span<const Element> elements_;
};

// Of a call that only an error ends.
inline std::size_t certain(std::optional<std::size_t> which) {
  return which.value_or(0);
}
inline void certain(bool) {}

template <class Call>
struct Block {
  using List = typename Call::List;
  using Result = typename Call::Result;

  [[nodiscard]] auto operator()(List list) const {
    return certain(Call::make(list, {}, nullptr));
  }
  [[nodiscard]] auto operator()(List list,
                                std::error_code& error) const noexcept {
    return certain(Call::make(list, {}, &error));
  }
  [[nodiscard]] Result operator()(std::stop_token stop, List list) const {
    return Call::make(list, std::move(stop), nullptr);
  }
  [[nodiscard]] Result operator()(std::stop_token stop, List list,
                                  std::error_code& error) const noexcept {
    return Call::make(list, std::move(stop), &error);
  }
};

template <class Call>
struct Try {
  using List = typename Call::List;
  using Result = typename Call::Result;

  [[nodiscard]] Result operator()(List list) const {
    return Call::make(list, no_time(), nullptr);
  }
  [[nodiscard]] Result operator()(List list,
                                  std::error_code& error) const noexcept {
    return Call::make(list, no_time(), &error);
  }
};

// Time is a duration or a time_point.
template <class Call, template <class, class> class Time>
struct Timed {
  using List = typename Call::List;
  using Result = typename Call::Result;

  template <class A, class B>
  [[nodiscard]] Result operator()(const Time<A, B>& time, List list) const {
    return Call::make(list, time, nullptr);
  }
  template <class A, class B>
  [[nodiscard]] Result operator()(const Time<A, B>& time, List list,
                                  std::error_code& error) const {
    return Call::make(list, time, &error);
  }
  template <class A, class B>
  [[nodiscard]] Result operator()(std::stop_token stop, const Time<A, B>& time,
                                  List list) const {
    return Call::make(list, {time, std::move(stop)}, nullptr);
  }
  template <class A, class B>
  [[nodiscard]] Result operator()(std::stop_token stop, const Time<A, B>& time,
                                  List list, std::error_code& error) const {
    return Call::make(list, {time, std::move(stop)}, &error);
  }
};

template <class Call>
using TryFor = Timed<Call, std::chrono::duration>;
template <class Call>
using TryUntil = Timed<Call, std::chrono::time_point>;

}  // namespace ksem::internal

#endif  // KSEM_INTERNAL_CALLS_H_

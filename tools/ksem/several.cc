// SPDX-License-Identifier: MIT
#include "tools/ksem/several.h"

#include <fcntl.h>

#include <exception>
#include <optional>
#include <set>
#include <system_error>

#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

void check(const std::vector<Portion>& portions, Several::Which which) {
  if (portions.size() > ksem::kMaxWants) {
    throw UsageError("that is more than " + std::to_string(ksem::kMaxWants) +
                     " semaphores");
  }
  std::set<std::string> names;
  for (const Portion& portion : portions) {
    if (!names.insert(portion.name).second && which != Several::Which::kGive) {
      throw UsageError(printable(portion.name) + " is there twice");
    }
  }
}

}  // namespace

Several::Several(const std::vector<Portion>& portions, Which which, bool undo)
    : portions_(portions), which_(which) {
  check(portions, which);
  semaphores_.reserve(portions.size());
  for (const Portion& portion : portions) {
    try {
      semaphores_.push_back(ksem::Semaphore::open(
          portion.name, {.via = ksem::Via::kHandle, .undo = undo}));
    } catch (const std::system_error& error) {
      throw OfSemaphore(error.code().value(), portion.name);
    }
    wants_.push_back({semaphores_.back(), portion.units});
  }
}

template <typename Call>
auto Several::by_name(Call call) const {
  try {
    return call();
  } catch (const ksem::WantError& error) {
    throw OfSemaphore(error.code().value(), portions_[error.index()].name);
  }
}

bool Several::took(const std::optional<std::size_t>& which) {
  index_ = which.value_or(0);
  return which.has_value();
}

bool Several::try_take() {
  return by_name([&] {
    return which_ == Which::kAny ? took(ksem::try_acquire_any(wants_))
                                 : ksem::try_acquire_all(wants_);
  });
}

bool Several::take(const std::stop_token& stop, const Until& until) {
  return by_name([&] {
    if (which_ == Which::kAny) {
      return took(until ? ksem::try_acquire_any_until(stop, *until, wants_)
                        : ksem::acquire_any(stop, wants_));
    }
    return until ? ksem::try_acquire_all_until(stop, *until, wants_)
                 : ksem::acquire_all(stop, wants_);
  });
}

void Several::post() {
  by_name([&] { ksem::release_all(wants_); });
}

void Several::give_back() {
  std::exception_ptr first;
  for (std::size_t i = 0; i < portions_.size(); i++) {
    if (which_ == Which::kAny && i != index_) continue;
    try {
      semaphores_[i].release(portions_[i].units);
    } catch (const std::system_error& error) {
      if (!first) {
        first = std::make_exception_ptr(
            OfSemaphore(error.code().value(), portions_[i].name));
      }
    }
  }
  if (first) std::rethrow_exception(first);
}

void Several::let_inherit() {
  for (const ksem::Semaphore& sem : semaphores_) {
    fcntl(sem.native_handle(), F_SETFD, 0);
  }
}

Wanted Several::wanted() {
  return {.try_take = [this] { return try_take(); },
          .take = [this](std::stop_token stop,
                         const Until& until) { return take(stop, until); },
          .give_back = [this] { give_back(); }};
}

}  // namespace ksem_tool

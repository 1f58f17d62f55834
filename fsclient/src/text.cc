// SPDX-License-Identifier: MIT
#include "fsclient/src/text.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <iterator>

namespace ksem::internal {

std::size_t Text::digits(int number) {
  return std::to_chars(bytes_, std::end(bytes_), number).ptr - bytes_;
}

Text::Text(std::chrono::nanoseconds duration, int units) {
  constexpr std::string_view kBetween = "ns ";
  char* end = std::to_chars(bytes_, std::end(bytes_), duration.count()).ptr;
  end = std::copy(kBetween.begin(), kBetween.end(), end);
  size_ = std::to_chars(end, std::end(bytes_), units).ptr - bytes_;
}

void Text::spoil() {
  std::atomic_ref(bytes_[0]).store('x', std::memory_order_release);
}

}  // namespace ksem::internal

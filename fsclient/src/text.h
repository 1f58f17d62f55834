// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_TEXT_H_
#define KSEM_SRC_TEXT_H_

#include <chrono>
#include <cstddef>
#include <string_view>

namespace ksem::internal {

// What is written to a file, without an allocation.
class Text {
 public:
  // "3"
  explicit Text(int number);
  // "1500ns 3"; the duration is not negative
  Text(std::chrono::nanoseconds duration, int units);

  std::string_view view() const { return {bytes_, size_}; }

  // From now on the kernel takes it for garbage, even if another thread is
  // just about to write it.
  void spoil();

 private:
  char bytes_[40];
  std::size_t size_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_TEXT_H_

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
  explicit Text(int number) {
    // Nearly always it is 1.
    if (number >= 0 && number <= 9) {
      bytes_[0] = static_cast<char>('0' + number);
      size_ = 1;
    } else {
      size_ = digits(number);
    }
  }
  // "1500ns 3"; the duration is not negative
  Text(std::chrono::nanoseconds duration, int units);

  std::string_view view() const { return {bytes_, size_}; }

  // From now on the kernel takes it for garbage, even if another thread is
  // just about to write it.
  void spoil();

 private:
  std::size_t digits(int number);

  char bytes_[40];
  std::size_t size_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_TEXT_H_

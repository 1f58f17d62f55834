// SPDX-License-Identifier: MIT
#ifndef KSEM_PRELOAD_SRC_TEXT_H_
#define KSEM_PRELOAD_SRC_TEXT_H_

#include <cstddef>

namespace ksem_preload {

// The longest name of a file, NAME_MAX, and all that stands before one here.
inline constexpr std::size_t kNameMax = 255;
inline constexpr std::size_t kPathSize = kNameMax + 64;

// A string of less than `kSize` bytes, without an allocation.
template <std::size_t kSize>
class Text {
 public:
  Text& Add(const char* string) {
    while (*string != '\0') Add(*string++);
    return *this;
  }
  Text& Add(unsigned number) {
    if (number > 9) Add(number / 10);
    Add(static_cast<char>('0' + number % 10));
    return *this;
  }

  // With `digits` digits.
  Text& AddHex(unsigned number, unsigned digits) {
    if (digits > 1) AddHex(number / 16, digits - 1);
    Add("0123456789abcdef"[number % 16]);
    return *this;
  }

  const char* c_str() const { return bytes_; }
  std::size_t size() const { return size_; }
  // What was too much is left out.
  bool overflown() const { return overflown_; }

 private:
  void Add(char byte) {
    if (size_ + 1 == kSize) {
      overflown_ = true;
    } else {
      bytes_[size_++] = byte;
    }
  }

  char bytes_[kSize] = {};
  std::size_t size_ = 0;
  bool overflown_ = false;
};

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_TEXT_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_DIRECTORY_H_
#define KSEM_SRC_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "fsclient/src/descriptor.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem::internal {

// Whether root() is where the kernel has them, and devices of the same names.
bool is_default_root();

// A name that stays below root(), and that a semaphore can have.
bool is_name(const std::string& name);

// The directory of one semaphore.  It is held open, so after a rmdir its files
// are gone for good, also if the name is used again.  All return 0 or an errno.
class Directory {
 public:
  // In one step; see make_directory().
  static int make(const std::string& name, const ksem_settings& settings);
  static int remove(const std::string& name);

  explicit Directory(const std::string& name);
  ~Directory();

  // What is wrong with it, if it could not be opened.
  int error() const { return descriptor_.error(); }

  // Whether it is still in its place: 0, ENOENT if it was removed, or ESTALE if
  // the program has closed the descriptor.
  int check() const;

  // ESTALE if its number is another file's now.
  Descriptor open(const char* file, int flags) const;
  // None says more than 15 bytes, and a string of so many allocates nothing.
  int read(const char* file, std::string& text) const;
  int write(const char* file, std::string_view text) const;

 private:
  Descriptor descriptor_;
  const std::uint32_t identity_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_DIRECTORY_H_

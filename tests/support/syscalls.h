// SPDX-License-Identifier: MIT
// System calls that return their errno. The tests test the kernel, so nothing
// stands between them and it.
#ifndef KSEM_TESTS_SUPPORT_SYSCALLS_H_
#define KSEM_TESTS_SUPPORT_SYSCALLS_H_

#include <fcntl.h>
#include <sys/types.h>

#include <ostream>
#include <string>
#include <string_view>

namespace ksem_test {

// 0 or an errno; a failing test prints its name.
class Errno {
 public:
  Errno(int value) : value_(value) {}  // NOLINT: EXPECT_EQ(…, EBUSY)

  // The errno of a system call that returned `result`.
  static Errno Of(long result);

  int value() const { return value_; }
  explicit operator bool() const { return value_ != 0; }
  friend bool operator==(Errno a, Errno b) = default;
  friend std::ostream& operator<<(std::ostream& os, Errno e);

 private:
  int value_;
};

// An open file, closed at the end.
class File {
 public:
  File(const std::string& path, int flags);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;

  Errno error() const { return error_; }  // of open
  int fd() const { return fd_; }

  // Fails with EIO if it wrote less than all.
  Errno Write(std::string_view text);
  Errno WriteAt(std::string_view text, off_t offset);
  // One read of up to 4096 bytes.
  Errno Read(std::string* text);
  Errno ReadAt(std::string* text, off_t offset);

 private:
  int fd_;
  Errno error_;
};

// Open, one write, close.
Errno WriteFile(const std::string& path, std::string_view text);
// Open, one read, close.
Errno ReadFile(const std::string& path, std::string* text);
// The text, or "" with a test failure.
std::string ReadOrFail(const std::string& path);

Errno MakeDir(const std::string& path);
Errno RemoveDir(const std::string& path);
bool Exists(const std::string& path);

// finit_module() of a file in /lib/ksem, without its ".ko".
Errno LoadModule(const std::string& name, const std::string& parameters = "");
// delete_module(), not waiting.
Errno UnloadModule(const std::string& name);

}  // namespace ksem_test

#endif  // KSEM_TESTS_SUPPORT_SYSCALLS_H_

// SPDX-License-Identifier: MIT
#include "tests/support/syscalls.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ksem_test {

Errno Errno::Of(long result) { return result < 0 ? errno : 0; }

std::ostream& operator<<(std::ostream& os, Errno e) {
  const char* name = e.value() == 0 ? "no error" : strerrorname_np(e.value());
  if (name == nullptr) return os << "error " << e.value();
  return os << name;
}

namespace {

Errno AllWritten(ssize_t written, std::string_view text) {
  if (written < 0) return errno;
  return written == static_cast<ssize_t>(text.size()) ? 0 : EIO;
}

}  // namespace

File::File(const std::string& path, int flags)
    : fd_(open(path.c_str(), flags | O_CLOEXEC)), error_(Errno::Of(fd_)) {}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), error_(other.error_) {}

Errno File::Write(std::string_view text) {
  return AllWritten(write(fd_, text.data(), text.size()), text);
}

Errno File::WriteAt(std::string_view text, off_t offset) {
  return AllWritten(pwrite(fd_, text.data(), text.size(), offset), text);
}

Errno File::Read(std::string* text) {
  char buffer[4096];
  ssize_t size = read(fd_, buffer, sizeof(buffer));
  text->assign(buffer, size < 0 ? 0 : size);
  return Errno::Of(size);
}

Errno File::ReadAt(std::string* text, off_t offset) {
  char buffer[4096];
  ssize_t size = pread(fd_, buffer, sizeof(buffer), offset);
  text->assign(buffer, size < 0 ? 0 : size);
  return Errno::Of(size);
}

Errno WriteFile(const std::string& path, std::string_view text) {
  File file(path, O_WRONLY);
  return file.error() ? file.error() : file.Write(text);
}

Errno ReadFile(const std::string& path, std::string* text) {
  File file(path, O_RDONLY);
  return file.error() ? file.error() : file.Read(text);
}

std::string ReadOrFail(const std::string& path) {
  std::string text;
  EXPECT_EQ(ReadFile(path, &text), 0) << path;
  return text;
}

Errno MakeDir(const std::string& path) {
  return Errno::Of(mkdir(path.c_str(), 0755));
}

Errno RemoveDir(const std::string& path) {
  return Errno::Of(rmdir(path.c_str()));
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

Errno LoadModule(const std::string& name, const std::string& parameters) {
  File file("/lib/ksem/" + name + ".ko", O_RDONLY);
  if (file.error()) return file.error();
  return Errno::Of(syscall(SYS_finit_module, file.fd(), parameters.c_str(), 0));
}

Errno UnloadModule(const std::string& name) {
  return Errno::Of(syscall(SYS_delete_module, name.c_str(), O_NONBLOCK));
}

}  // namespace ksem_test

// SPDX-License-Identifier: MIT
// The doors of ksem, as the peers are.
#ifndef TOOLS_BENCH_OURS_H_
#define TOOLS_BENCH_OURS_H_

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "kernel/include/uapi/linux/ksem.h"
#include "ksem/semaphore.h"
#include "tools/bench/measure.h"

namespace ksem_bench {

// A semaphore of a name of its own, as long as this object is there.
class Directory {
 public:
  explicit Directory(unsigned value, bool fair = true) {
    static unsigned made = 0;
    name_ = "bench-" + std::to_string(made++);
    check(mkdir(path().c_str(), 0700) == 0, "mkdir");
    set("value", value);
    set("fair", fair);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { rmdir(path().c_str()); }

  const std::string& name() const { return name_; }

  int open_file(const char* file) const {
    const int fd = open((path() + "/" + file).c_str(), O_WRONLY | O_CLOEXEC);
    check(fd >= 0, file);
    return fd;
  }

 private:
  void set(const char* file, unsigned number) const {
    const int fd = open_file(file);
    const std::string text = std::to_string(number);
    check(write(fd, text.data(), text.size()) > 0, file);
    close(fd);
  }

  std::string path() const { return "/sys/kernel/config/ksem/" + name_; }

  std::string name_;
};

// By descriptors of the files, kept open, and at offset 0, as the library does.
class Files {
 public:
  static constexpr char kName[] = "ksem files";

  explicit Files(unsigned value)
      : directory_(value),
        wait_(directory_.open_file("wait")),
        post_(directory_.open_file("post")) {}
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() {
    close(wait_);
    close(post_);
  }

  void acquire() { check(pwrite(wait_, "1", 1, 0) == 1, "wait"); }
  void release() { check(pwrite(post_, "1", 1, 0) == 1, "post"); }

 private:
  Directory directory_;
  int wait_;
  int post_;
};

// By requests to the device.
class Handle {
 public:
  static constexpr char kName[] = "ksem ioctl";

  explicit Handle(unsigned value)
      : directory_(value),
        fd_(open(("/dev/ksem/" + directory_.name()).c_str(),
                 O_RDWR | O_CLOEXEC)) {
    check(fd_ >= 0, "open");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(fd_); }

  int fd() const { return fd_; }

  void acquire() { check(ioctl(fd_, KSEM_IOC_TAKE, 1) == 0, "take"); }
  void release() { release(1); }
  void release(unsigned units) {
    check(ioctl(fd_, KSEM_IOC_GIVE, units) == 0, "give");
  }

  unsigned waiters() const {
    ksem_ioc_info info;
    check(ioctl(fd_, KSEM_IOC_INFO, &info) == 0, "info");
    return info.waiters;
  }

  int open_file(const char* file) const { return directory_.open_file(file); }

 private:
  Directory directory_;
  int fd_;
};

// What a C++ program has.
class Cpp {
 public:
  static constexpr char kName[] = "ksem::Semaphore";

  explicit Cpp(unsigned value, bool fair = true)
      : directory_(value, fair),
        semaphore_(ksem::Semaphore::open(directory_.name(),
                                         {.via = ksem::Via::kHandle})) {}

  const std::string& name() const { return directory_.name(); }

  void acquire() { semaphore_.acquire(); }
  void release() { semaphore_.release(); }

 private:
  Directory directory_;
  ksem::Semaphore semaphore_;
};

// The same with a semaphore of "fair" 0.
class CppUnfair : public Cpp {
 public:
  static constexpr char kName[] = "ksem::Semaphore, fair=0";

  explicit CppUnfair(unsigned value) : Cpp(value, false) {}
};

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_OURS_H_

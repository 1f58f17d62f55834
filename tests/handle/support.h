// SPDX-License-Identifier: MIT
// A semaphore's device by its system calls:
//
//   Semaphore sem({.value = 2});
//   Handle handle(sem);
//   EXPECT_EQ(handle.Wait({.units = 1, .flags = KSEM_WAIT_UNDO}), 0);
//   handle.Expect({.value = 1}, {.undo = 1});
#ifndef KSEM_TESTS_HANDLE_SUPPORT_H_
#define KSEM_TESTS_HANDLE_SUPPORT_H_

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "kernel/include/uapi/linux/ksem.h"
#include "tests/support/semaphore.h"
#include "tests/support/syscalls.h"

// What isn't named in a structure of the kernel is to be 0.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace ksem_test {

std::string DevicePath(const std::string& name);
std::string ClassPath(const std::string& name, const std::string& file = "");

// What is true of a handle beside the state of its semaphore.
struct Holding {
  int64_t undo = 0;
  unsigned flags = KSEM_INFO_MAPPABLE;  // but KSEM_INFO_PRIORITY
};

// A file in sysfs that is polled: read, then poll, and at a change read again.
class Watched {
 public:
  Watched(const Semaphore& sem, const std::string& file)
      : file_(ClassPath(sem.name(), file), O_RDONLY) {}

  std::string Read();
  bool Changes(int timeout_ms = 600'000) const;

 private:
  File file_;
};

class Handle : public File {
 public:
  explicit Handle(const Semaphore& sem, int flags = O_RDWR);

  Errno Request(unsigned long command, void* argument) const;
  Errno Wait(ksem_ioc_wait request = {.units = 1}) const;
  Errno Post(ksem_ioc_post request = {.units = 1}) const;
  ksem_ioc_info Info() const;

  // Fails the test at the caller's line unless the handle says so, and the
  // files of the semaphore do.
  void Expect(
      const State& state, const Holding& holding = {},
      std::source_location where = std::source_location::current()) const;
  // The same after rmdir, when there are no files.
  void ExpectWithoutFiles(
      const State& state, const Holding& holding = {},
      std::source_location where = std::source_location::current()) const;

 private:
  const std::string name_;
};

// The command with another size of its structure.
unsigned long WithSize(unsigned long command, size_t size);

ksem_ioc_op Take(const Handle& handle, unsigned units = 1);
ksem_ioc_op Give(const Handle& handle, unsigned units = 1);
ksem_ioc_op Zero(const Handle& handle);
ksem_ioc_op Set(const Handle& handle, unsigned units);
ksem_ioc_op With(ksem_ioc_op op, unsigned flags);

// KSEM_IOC_ANY or KSEM_IOC_ALL by the handle of the first operation. `rest` has
// what isn't said by `ops`, and the index afterwards.
Errno Multi(unsigned long command, std::vector<ksem_ioc_op> ops,
            ksem_ioc_multi* rest);
Errno Any(const std::vector<ksem_ioc_op>& ops, ksem_ioc_multi rest = {});
Errno All(const std::vector<ksem_ioc_op>& ops, ksem_ioc_multi rest = {});

// The index of the operation that fails so, when it is tried without blocking.
unsigned FailedIndex(unsigned long command, const std::vector<ksem_ioc_op>& ops,
                     Errno error);

// The page of a handle, and the protocol of <uapi/linux/ksem.h>.
class Page {
 public:
  explicit Page(const Handle& handle);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  ksem_page* get() const { return page_; }
  uint64_t word() const;
  bool contended() const { return word() & KSEM_WORD_CONTENDED; }
  // Whether every post goes to the kernel.
  bool observed() const {
    return contended() || KSEM_WORD_CEILING(word()) == 0;
  }

  // One compare-and-exchange, or false if the kernel has to do it.
  bool TakeFast(unsigned units = 1) const;
  bool GiveFast(unsigned units = 1) const;
  // With the kernel's help.
  Errno Wait(unsigned units = 1) const;
  Errno Post(unsigned units = 1) const;

 private:
  const Handle& handle_;
  ksem_page* const page_;
};

// For signals that are to interrupt and do nothing else.
void HandleSignal(int signal, int flags = 0);

int64_t Now(int clock);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HANDLE_SUPPORT_H_

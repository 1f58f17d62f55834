// SPDX-License-Identifier: MIT
// Descriptors of a semaphore's files that are kept, since to open one costs 25
// times what is then done with it.
#ifndef KSEM_SRC_KEPT_H_
#define KSEM_SRC_KEPT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "fsclient/src/directory.h"
#include "fsclient/src/system.h"

namespace ksem::internal {

// For writes that never block: one descriptor for all threads, and for the
// children of a fork.
class SharedFile {
 public:
  SharedFile(const Directory& directory, const char* file)
      : directory_(directory), file_(file) {}
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  ~SharedFile();

  // 0 or an errno.
  int write(std::string_view text) {
    const int to = fd();
    const int written = to < 0 ? to : write_now(to, text);
    return written < 0 ? -written : 0;
  }

  // Makes sure that a later write doesn't have to open the file.  It is no
  // error, and not tried again, if that isn't permitted.
  int prepare() {
    return prepared_.load(std::memory_order_relaxed) ? 0 : prepare_anew();
  }

 private:
  int fd() {
    const int known = fd_.load(std::memory_order_acquire);
    return known < 0 ? open() : known;
  }
  int open();
  int prepare_anew();

  const Directory& directory_;
  const char* const file_;
  std::atomic<int> fd_{-1};
  std::atomic<bool> prepared_{false};
};

// For writes that block.  configfs holds a mutex of the open file meanwhile,
// which nothing interrupts, so a descriptor is lent to one thread at a time.
// Some that nobody uses are kept.
//
// Lock-free, as a lock that is held by another thread during a fork would stay
// locked in the child.
class BlockingFile {
 public:
  class Loan;

  BlockingFile(const Directory& directory, const char* file);
  BlockingFile(const BlockingFile&) = delete;
  BlockingFile& operator=(const BlockingFile&) = delete;
  ~BlockingFile();

 private:
  struct alignas(8) Handle {
    int fd;
    std::uint32_t offset;  // of the open file, its lower half
  };
  static constexpr Handle kNone = {-1, 0};
  static constexpr int kMost = 8;

  Handle take();
  void give_back(Handle handle);
  void close_all();

  const Directory& directory_;
  const char* const file_;
  std::atomic<unsigned> forks_;
  std::array<std::atomic<Handle>, kMost> idle_;
};

class BlockingFile::Loan {
 public:
  explicit Loan(BlockingFile& file) : file_(file), handle_(file.take()) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan();

  // 0 or an errno.  A cancellation point.
  int write(std::string_view text);

  // Whether a write that was left by cancellation had done its work: the C
  // library can act on it after the kernel has carried out the call.
  bool cancelled_too_late() const;

 private:
  BlockingFile& file_;
  Handle handle_;
  bool writing_ = false;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_KEPT_H_

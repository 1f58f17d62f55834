// SPDX-License-Identifier: MIT
// Descriptors of a semaphore's files that are kept, since to open one costs 25
// times what is then done with it.
#ifndef KSEM_SRC_KEPT_H_
#define KSEM_SRC_KEPT_H_

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "fsclient/src/directory.h"
#include "fsclient/src/identity.h"
#include "fsclient/src/system.h"

namespace ksem::internal {

struct alignas(8) Kept {
  int fd;  // or a negative errno
  std::uint32_t identity;

  // 0 or an errno.
  int check() const {
    if (fd < 0) return -fd;
    return identity_of(fd) == identity ? 0 : ESTALE;
  }
};
inline constexpr Kept kNone = {-EBADF, 0};

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
    const Kept to = kept();
    if (const int error = to.check()) return error;
    const int written = write_now(to.fd, text);
    return written < 0 ? -written : 0;
  }

  // Makes sure that a later write doesn't have to open the file.  It is no
  // error, and not tried again, if that isn't permitted.
  int prepare() {
    return prepared_.load(std::memory_order_relaxed) ? 0 : prepare_anew();
  }

 private:
  Kept kept() {
    const Kept known = kept_.load(std::memory_order_acquire);
    return known.fd < 0 ? open() : known;
  }
  Kept open();
  int prepare_anew();

  const Directory& directory_;
  const char* const file_;
  std::atomic<Kept> kept_{kNone};
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
  static constexpr int kMost = 8;

  Kept take();
  void give_back(Kept kept);
  void close_all();

  const Directory& directory_;
  const char* const file_;
  std::atomic<unsigned> forks_;
  std::array<std::atomic<Kept>, kMost> idle_;
};

class BlockingFile::Loan {
 public:
  explicit Loan(BlockingFile& file) : file_(file), kept_(file.take()) {}
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
  const Kept kept_;
  bool writing_ = false;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_KEPT_H_

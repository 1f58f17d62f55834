// SPDX-License-Identifier: MIT
#include "fsclient/src/kept.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "fsclient/src/forks.h"

namespace ksem::internal {

SharedFile::~SharedFile() {
  if (const Kept kept = kept_.load(); kept.fd >= 0) {
    close_own(kept.fd, kept.identity);
  }
}

Kept SharedFile::open() {
  Descriptor opened = directory_.open(file_, O_WRONLY);
  const Kept kept = {opened.fd(), identity_of(opened.fd())};
  if (opened.error()) return kept;
  // Another thread may have been faster.
  Kept known = kNone;
  if (!kept_.compare_exchange_strong(known, kept)) return known;
  opened.release();
  return kept;
}

int SharedFile::prepare_anew() {
  const Kept opened = kept();
  if (opened.fd < 0 && opened.fd != -EACCES) return -opened.fd;
  prepared_.store(true, std::memory_order_relaxed);
  return 0;
}

BlockingFile::BlockingFile(const Directory& directory, const char* file)
    : directory_(directory), file_(file), forks_(forks()) {
  for (auto& slot : idle_) slot.store(kNone, std::memory_order_relaxed);
}

BlockingFile::~BlockingFile() { close_all(); }

void BlockingFile::close_all() {
  for (auto& slot : idle_) {
    const Kept kept = slot.exchange(kNone, std::memory_order_acquire);
    if (kept.fd >= 0) close_own(kept.fd, kept.identity);
  }
}

Kept BlockingFile::take() {
  // In a child those kept are open files of the parent, who may block on them.
  if (const unsigned now = forks(); forks_.load() != now) {
    close_all();
    forks_.store(now);
  }
  for (auto& slot : idle_) {
    if (slot.load(std::memory_order_relaxed).fd < 0) continue;
    const Kept kept = slot.exchange(kNone, std::memory_order_acquire);
    if (kept.fd >= 0) return kept;
  }
  const int opened = directory_.open(file_, O_WRONLY).release();
  return {opened, identity_of(opened)};
}

void BlockingFile::give_back(Kept kept) {
  for (auto& slot : idle_) {
    Kept none = kNone;
    if (slot.load(std::memory_order_relaxed).fd < 0 &&
        slot.compare_exchange_strong(none, kept, std::memory_order_release,
                                     std::memory_order_relaxed)) {
      return;
    }
  }
  close_own(kept.fd, kept.identity);
}

BlockingFile::Loan::~Loan() {
  if (kept_.fd >= 0 && !writing_) {
    file_.give_back(kept_);
  } else if (kept_.fd >= 0) {
    close_own(kept_.fd, kept_.identity);  // cancelled: perhaps not at offset 0
  }
}

int BlockingFile::Loan::write(std::string_view text) {
  if (const int error = kept_.check()) return error;
  writing_ = true;
  const int written = write_blocking(kept_.fd, text);
  writing_ = false;
  // Back to 0, so that it tells whether a write has done its work.
  if (written > 0) lseek64(kept_.fd, 0, SEEK_SET);
  return written < 0 ? -written : 0;
}

bool BlockingFile::Loan::cancelled_too_late() const {
  return writing_ && lseek64(kept_.fd, 0, SEEK_CUR) > 0;
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/src/kept.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "fsclient/src/forks.h"

namespace ksem::internal {

SharedFile::~SharedFile() {
  if (const int fd = fd_.load(); fd >= 0) close_now(fd);
}

int SharedFile::open() {
  Descriptor opened = directory_.open(file_, O_WRONLY);
  if (opened.error()) return opened.fd();
  // Another thread may have been faster.
  int known = -1;
  return fd_.compare_exchange_strong(known, opened.fd()) ? opened.release()
                                                         : known;
}

int SharedFile::prepare_anew() {
  const int opened = fd();
  if (opened < 0 && opened != -EACCES) return -opened;
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
    const Handle handle = slot.exchange(kNone, std::memory_order_acquire);
    if (handle.fd >= 0) close_now(handle.fd);
  }
}

BlockingFile::Handle BlockingFile::take() {
  // In a child those kept are open files of the parent, who may block on them.
  if (const unsigned now = forks(); forks_.load() != now) {
    close_all();
    forks_.store(now);
  }
  for (auto& slot : idle_) {
    if (slot.load(std::memory_order_relaxed).fd < 0) continue;
    const Handle handle = slot.exchange(kNone, std::memory_order_acquire);
    if (handle.fd >= 0) return handle;
  }
  return {directory_.open(file_, O_WRONLY).release(), 0};
}

void BlockingFile::give_back(Handle handle) {
  for (auto& slot : idle_) {
    Handle none = kNone;
    if (slot.load(std::memory_order_relaxed).fd < 0 &&
        slot.compare_exchange_strong(none, handle, std::memory_order_release,
                                     std::memory_order_relaxed)) {
      return;
    }
  }
  close_now(handle.fd);
}

BlockingFile::Loan::~Loan() {
  if (handle_.fd >= 0 && !writing_) {
    file_.give_back(handle_);
  } else if (handle_.fd >= 0) {
    close_now(handle_.fd);  // cancelled: its offset isn't known any more
  }
}

int BlockingFile::Loan::write(std::string_view text) {
  if (handle_.fd < 0) return -handle_.fd;
  writing_ = true;
  const int written = write_blocking(handle_.fd, text);
  writing_ = false;
  if (written < 0) return -written;
  handle_.offset += static_cast<std::uint32_t>(written);
  return 0;
}

bool BlockingFile::Loan::cancelled_too_late() const {
  if (!writing_) return false;
  // Of 64 bits everywhere: beyond 2 GiB the other one only fails.
  const off64_t offset = lseek64(handle_.fd, 0, SEEK_CUR);
  return offset >= 0 && static_cast<std::uint32_t>(offset) != handle_.offset;
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "tests/harden/kcov.h"

#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

namespace ksem_test {
namespace {
constexpr size_t kEntries = 64 << 10;
constexpr size_t kSize = kEntries * sizeof(uint64_t);
}  // namespace

Kcov::Kcov() : fd_(open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC)) {
  if (fd_ < 0 || ioctl(fd_, KCOV_INIT_TRACE, kEntries)) return;
  void* trace =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (trace != MAP_FAILED) trace_ = static_cast<uint64_t*>(trace);
}

Kcov::~Kcov() {
  if (trace_ != nullptr) munmap(trace_, kSize);
  if (fd_ >= 0) close(fd_);
}

void Kcov::Start() {
  if (trace_ == nullptr || ioctl(fd_, KCOV_ENABLE, KCOV_TRACE_PC)) return;
  std::atomic_ref(trace_[0]).store(0, std::memory_order_relaxed);
}

void Kcov::Stop() {
  if (trace_ != nullptr) ioctl(fd_, KCOV_DISABLE, 0);
}

size_t Kcov::AddEdges(std::set<uint64_t>* edges) const {
  if (trace_ == nullptr) return 0;
  const size_t before = edges->size();
  const size_t count = std::min<size_t>(trace_[0], kEntries - 1);
  for (size_t i = 1; i < count; i++) {
    // Addresses of the kernel differ in their lower half only.
    edges->insert(trace_[i] << 32 | (trace_[i + 1] & 0xffffffff));
  }
  return edges->size() - before;
}

}  // namespace ksem_test

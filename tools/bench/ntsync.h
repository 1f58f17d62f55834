// SPDX-License-Identifier: MIT
// The semaphore of ntsync, as the peers are.
#ifndef TOOLS_BENCH_NTSYNC_H_
#define TOOLS_BENCH_NTSYNC_H_

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>

#include "tools/bench/measure.h"

namespace ksem_bench {

class Ntsync {
 public:
  static constexpr char kName[] = "ntsync";

  explicit Ntsync(unsigned value)
      : device_(open("/dev/ntsync", O_RDWR | O_CLOEXEC)) {
    check(device_ >= 0, "/dev/ntsync");
    const Create request = {value, 0x7fffffff};
    semaphore_ = ioctl(device_, kCreate, &request);
    check(semaphore_ >= 0, "create");
  }
  Ntsync(const Ntsync&) = delete;
  Ntsync& operator=(const Ntsync&) = delete;
  ~Ntsync() {
    close(semaphore_);
    close(device_);
  }

  void acquire() {
    Wait request = {};
    request.timeout = UINT64_MAX;
    request.objects = reinterpret_cast<std::uintptr_t>(&semaphore_);
    request.count = 1;
    request.owner = 1;
    check(ioctl(device_, kWaitAny, &request) == 0, "wait");
  }
  void release() {
    std::uint32_t units = 1;
    check(ioctl(semaphore_, kRelease, &units) == 0, "release");
  }

 private:
  // From Linux 6.14 on; Debian 12 has no header of it.
  struct Create {
    std::uint32_t value;
    std::uint32_t max;
  };
  struct Wait {
    std::uint64_t timeout;
    std::uint64_t objects;
    std::uint32_t count;
    std::uint32_t index;
    std::uint32_t flags;
    std::uint32_t owner;
    std::uint32_t alert;
    std::uint32_t pad;
  };
  static constexpr unsigned long kCreate = _IOW('N', 0x80, Create);
  static constexpr unsigned long kRelease = _IOWR('N', 0x81, std::uint32_t);
  static constexpr unsigned long kWaitAny = _IOWR('N', 0x82, Wait);

  int device_;
  int semaphore_;
};

}  // namespace ksem_bench

#endif  // TOOLS_BENCH_NTSYNC_H_

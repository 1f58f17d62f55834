// SPDX-License-Identifier: MIT
#include "fsclient/preload/tests/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fsclient/preload/src/system.h"

namespace preload_test {
namespace {

// More than the limit (ulimit -n) would be no use.
constexpr int kEnd = 1024;

void OneByOne() {
  for (int fd = 3; fd < kEnd; ++fd) close(fd);
}

void ThoseThatAreOpen() {
  for (int fd = 3; fd < kEnd; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) close(fd);
  }
}

void From3() { closefrom(3); }

void Range() { close_range(3, UINT_MAX, 0); }

void RangeUnshared() { close_range(3, UINT_MAX, CLOSE_RANGE_UNSHARE); }

void BySystemCall() { syscall(SYS_close_range, 3L, (long)UINT_MAX, 0L); }

// Those that /proc tells of.
void Listed() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) _exit(3);
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    if (fd > 2 && fd != dirfd(directory)) close(fd);
  }
  closedir(directory);
}

// Past the C library: nobody can keep them open then.
void PastTheLibrary() {
  ksem_preload::SystemCall(SYS_close_range, 3, UINT_MAX, 0);
}

}  // namespace

const Way kWays[kWaysNumber] = {
    {"OneByOne", OneByOne},
    {"ThoseThatAreOpen", ThoseThatAreOpen},
    {"Closefrom", From3},
    {"Range", Range},
    {"RangeUnshared", RangeUnshared},
    {"BySystemCall", BySystemCall},
    {"Listed", Listed},
    {"PastTheLibrary", PastTheLibrary},
};

}  // namespace preload_test

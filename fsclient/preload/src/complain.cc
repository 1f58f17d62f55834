// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/complain.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <atomic>

#include "fsclient/preload/src/system.h"
#include "fsclient/preload/src/text.h"

namespace ksem_preload {
namespace {

constexpr int kTexts = 8;
constinit std::atomic<const char*> said[kTexts] = {};

bool IsNew(const char* text) {
  for (auto& place : said) {
    const char* before = nullptr;
    if (place.compare_exchange_strong(before, text)) return true;
    if (before == text) return false;
  }
  return false;
}

// What standard error was when the library was loaded; an inode 0 if it was
// closed.
constinit struct statx first = {};

[[gnu::constructor]] void LookAtStandardError() {
  const int error = errno;
  if (!SystemStat(STDERR_FILENO, &first)) first.stx_ino = 0;
  errno = error;
}

// The program may have closed it since, and have a file, a disk or a connection
// of its own there.
bool IsForWords() {
  struct statx now = {};
  if (!SystemStat(STDERR_FILENO, &now)) return errno != EBADF;
  return S_ISCHR(now.stx_mode) || S_ISFIFO(now.stx_mode) ||
         (first.stx_ino == now.stx_ino &&
          first.stx_dev_major == now.stx_dev_major &&
          first.stx_dev_minor == now.stx_dev_minor);
}

// The kernel's set of signals.
using Signals = uint64_t;
constexpr Signals kPipe = Signals{1} << (SIGPIPE - 1);

bool IsPipeSignalPending() {
  Signals pending = 0;
  SystemCall(SYS_rt_sigpending, &pending, sizeof(pending));
  return pending & kPipe;
}

// Nobody may read what standard error is: the signal that says so isn't the
// program's concern.
void WriteWithoutSignal(const char* text, std::size_t size) {
  Signals before = 0;
  const bool blocked = SystemCall(SYS_rt_sigprocmask, SIG_BLOCK, &kPipe,
                                  &before, sizeof(before)) == 0;
  const bool pending = IsPipeSignalPending();
  if (SystemWrite(STDERR_FILENO, text, size) < 0 && errno == EPIPE && blocked &&
      !pending) {
    constexpr timespec kNow = {};
    SystemCall(SYS_rt_sigtimedwait, &kPipe, nullptr, &kNow, sizeof(kPipe));
  }
  if (!blocked) return;
  SystemCall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof(before));
}

}  // namespace

void Complain(const char* where, const char* name, const char* text) {
  if (!IsNew(text)) return;
  const int error = errno;
  Text<2 * kPathSize> line;
  line.Add("ksem: ").Add(where).Add(name).Add(text).Add("\n");
  if (IsForWords()) WriteWithoutSignal(line.c_str(), line.size());
  errno = error;
}

}  // namespace ksem_preload

// SPDX-License-Identifier: MIT
#include "fsclient/preload/src/descriptors.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

#include <algorithm>

#include "fsclient/preload/src/register.h"
#include "fsclient/preload/src/system.h"

constinit ksem_preload::Register ksem_preload_register_2 = {};

namespace ksem_preload {
namespace {

// A program that prints to 1, or has select() look at what it has, is to notice
// nothing. Higher than it needs to be makes fork() copy more.
constexpr int kHigh = 512;
constexpr int kLowest = STDERR_FILENO + 1;

// Of those that nobody has noted.
constinit Owner nobody = kNoDescriptor;

Register& Ours() { return ksem_preload_register_2; }

// Null if it can't be ours.
std::atomic<Owner*>* Line(int fd) {
  const auto number = static_cast<unsigned>(fd);
  return number < kNumbers ? &Ours().owners[number] : nullptr;
}

bool IsEntered(int fd) {
  const std::atomic<Owner*>* line = Line(fd);
  return line != nullptr && line->load(std::memory_order_relaxed) != nullptr;
}

// Tells the files of devices apart: their number, and what there is of the
// inode's. 0 if nobody can tell, as where a seccomp filter lets nobody look; -1
// if there is no such file, or it isn't a device's.
uint64_t FileOf(int fd) {
  constexpr int kMinorBits = 20, kDeviceBits = 32;
  struct statx status = {};
  if (!SystemStat(fd, &status)) {
    // Another call tells, too, that the number is closed.
    const bool closed = errno == EBADF || (!SystemIsOpen(fd) && errno == EBADF);
    return closed ? -1 : 0;
  }
  if (!S_ISCHR(status.stx_mode)) return -1;
  const uint32_t device =
      status.stx_rdev_major << kMinorBits | status.stx_rdev_minor;
  return uint64_t{device} << kDeviceBits |
         static_cast<uint32_t>(status.stx_ino);
}

// Whether the file of a number that is entered still is what it was.
bool IsSameFile(int fd) {
  const int error = errno;
  const uint64_t now = FileOf(fd);
  errno = error;
  const uint64_t then = Ours().files[fd].load(std::memory_order_relaxed);
  return now == then || now == 0 || then == 0;
}

// Another number for the same file, or -1 with errno set. A limit of less
// (ulimit -n) leaves what is below.
int DuplicateHigh(int fd) {
  int high = -1;
  for (int least = kHigh; high < 0 && least > kLowest; least /= 2) {
    high = SystemDuplicate(fd, least);
  }
  return high;
}

// -1 with errno set, and it closed, if it is 0, 1 or 2 and no number is left.
int MoveUp(int fd) {
  int high = DuplicateHigh(fd);
  if (high < 0 && fd >= kLowest) return fd;
  if (high < 0) high = SystemDuplicate(fd, kLowest);
  const int error = errno;
  SystemClose(fd);
  errno = error;
  return high;
}

void Widen(unsigned number) {
  Register& ours = Ours();
  const unsigned end = ours.end.load(std::memory_order_relaxed);
  ours.begin.store(
      end == 0 ? number
               : std::min(number, ours.begin.load(std::memory_order_relaxed)),
      std::memory_order_relaxed);
  ours.end.store(std::max(number + 1, end), std::memory_order_relaxed);
}

void EnterAs(int fd, Owner* owner) {
  Register& ours = Ours();
  ours.files[fd].store(FileOf(fd), std::memory_order_relaxed);
  Owner* before = Line(fd)->exchange(owner, std::memory_order_relaxed);
  // The kernel has given us a number of ours: its file was closed past us.
  int same = fd;
  if (before != nullptr && before != owner) {
    before->compare_exchange_strong(same, kNoDescriptor);
  }
  Widen(static_cast<unsigned>(fd));
  ours.process.store(SystemProcess(), std::memory_order_relaxed);
}

}  // namespace

// Without the lock: a child may ask that was made past fork(), with the lock
// held by a thread that it lacks. So what isn't ours any more stays entered,
// until its owner finds that out or the number is entered anew.
bool IsOurs(int fd) { return IsEntered(fd) && IsSameFile(fd); }

unsigned NextOfOurs(unsigned first) {
  const Register& ours = Ours();
  const unsigned end = ours.end.load(std::memory_order_relaxed);
  unsigned number = std::max(first, ours.begin.load(std::memory_order_relaxed));
  while (number < end && !IsOurs(static_cast<int>(number))) ++number;
  return number < end ? number : UINT_MAX;
}

int Enter(int fd) {
  if (fd < 0) return -1;
  const int moved = MoveUp(fd);
  if (moved < 0) return -1;
  if (Line(moved) == nullptr) {
    SystemClose(moved);
    errno = EMFILE;
    return -1;
  }
  EnterAs(moved, &nobody);
  return moved;
}

void SetOwner(int fd, Owner* owner) {
  owner->store(fd, std::memory_order_release);
  Line(fd)->store(owner, std::memory_order_relaxed);
}

void CloseFile(int fd) {
  if (fd < 0) return;
  const int error = errno;
  // First: from the close on, the number may be the program's.
  if (Line(fd) != nullptr) Line(fd)->store(nullptr, std::memory_order_relaxed);
  SystemClose(fd);
  errno = error;
}

void Lose(Owner* owner) {
  const int fd = owner->exchange(kNoDescriptor, std::memory_order_relaxed);
  std::atomic<Owner*>* line = Line(fd);
  Owner* same = owner;
  if (line != nullptr) line->compare_exchange_strong(same, nullptr);
}

int TakeOver(int fd, int number, int flags) {
  std::atomic<Owner*>* line = Line(number);
  Owner* owner = line->load(std::memory_order_relaxed);
  // A child of vfork() has our memory, and leaves it when it executes what it
  // is there for: its descriptors don't count.
  const bool ours =
      IsOurs(number) &&
      Ours().process.load(std::memory_order_relaxed) == SystemProcess();
  if (!ours || !SystemIsOpen(fd)) return SystemDuplicateTo(fd, number, flags);
  const int moved = DuplicateHigh(number);
  if (moved >= 0 && Line(moved) != nullptr) {
    EnterAs(moved, owner);
    owner->store(moved, std::memory_order_release);
  } else {
    // It is opened anew when it is needed.
    if (moved >= 0) SystemClose(moved);
    owner->store(kNoDescriptor);
  }
  line->store(nullptr, std::memory_order_relaxed);
  const int result = SystemDuplicateTo(fd, number, flags);
  if (result < 0) CloseFile(number);
  return result;
}

void KeepRegisterInChild() {
  Ours().process.store(SystemProcess(), std::memory_order_relaxed);
}

}  // namespace ksem_preload

// SPDX-License-Identifier: MIT
// The register of the libraries' own descriptors. Programs close all they can
// think of, to become daemons or before they start others, and put descriptors
// of theirs at numbers that they take for free. None of that hits ours: to the
// program they look closed (closing.cc).
//
// Both libraries, if both are loaded, have one register: the dynamic linker
// binds its name to the first one's. So each knows the other's descriptors, and
// one lock (lock.h) is enough.
//
// System calls that don't go through the C library still can close ours. So
// each request with one of them says which semaphore it means, and the caller
// opens it anew if it isn't the one. And a number is the program's once it is
// that of another file.
#ifndef KSEM_PRELOAD_SRC_DESCRIPTORS_H_
#define KSEM_PRELOAD_SRC_DESCRIPTORS_H_

#include <atomic>

namespace ksem_preload {

// What an owner has noted if there is no descriptor, or the program has closed
// it under our feet. None of ours is below 3.
inline constexpr int kNoDescriptor = 0;

// Where the owner of a descriptor has its number noted. It may change: the
// program can ask for that number.
using Owner = std::atomic<int>;

// Safe in a signal handler, as what follows.
bool IsOurs(int fd);

// The lowest number of ours that is `first` or more; UINT_MAX if there is none.
unsigned NextOfOurs(unsigned first);

// All that follows: under the lock.

// Moves a descriptor out of the way of the program's and enters it. Nobody's
// yet. -1 with errno set, and it closed, if that can't be; -1 stays -1.
int Enter(int fd);

// Notes the number of one that is entered.
void SetOwner(int fd, Owner* owner);

// Closes what Enter() gave. Keeps errno.
void CloseFile(int fd);

// The descriptor isn't ours any more: somebody else has it.
void Lose(Owner* owner);

// As dup3(), to a number of ours, which gets another one.
int TakeOver(int fd, int number, int flags);

// In a child.
void KeepRegisterInChild();

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_DESCRIPTORS_H_

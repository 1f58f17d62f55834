// SPDX-License-Identifier: MIT
// What tests of libraries that are preloaded share. Nothing here knows whose
// the semaphores are.
#ifndef KSEM_PRELOAD_TESTS_SUPPORT_H_
#define KSEM_PRELOAD_TESTS_SUPPORT_H_

#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>

#include <functional>
#include <new>

namespace preload_test {

// The errno of a call that failed; 0 of one that didn't.
int ErrnoOf(int result);

// The time that is `milliseconds` from now.
timespec In(long milliseconds, clockid_t clock = CLOCK_REALTIME);
// So far away that a test which gets there has failed.
timespec Never(clockid_t clock = CLOCK_REALTIME);

// Until it comes true; false if that takes longer than even a slow machine can.
bool Eventually(const std::function<bool()>& condition);

// Whether a thread of this process, by its number, sleeps.
bool Sleeps(pid_t thread);

// Calls a function in so many threads, all at the same moment.
void AtOnce(int threads, const std::function<void()>& function);

// What a function returns in a process of its own: an errno, say.
int InChild(const std::function<int()>& function);

// Ordinary users, once and for all.
void BecomeUser();

// Memory that children share.
template <typename T>
class Shared {
 public:
  Shared()
      : object_(new (mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) T()) {}
  ~Shared() { munmap(object_, sizeof(T)); }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* const object_;
};

// All of them; none may have failed.
void AwaitChildren();

}  // namespace preload_test

#endif  // KSEM_PRELOAD_TESTS_SUPPORT_H_

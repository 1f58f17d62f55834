// SPDX-License-Identifier: MIT
// The functions that a preloaded library stands in front of.
#ifndef KSEM_PRELOAD_SRC_NEXT_H_
#define KSEM_PRELOAD_SRC_NEXT_H_

#include <dlfcn.h>

#include <atomic>

namespace ksem_preload {

// A function of the next library that has it, looked up once.
template <typename Function>
class Next {
 public:
  explicit constexpr Next(const char* name) : name_(name) {}

  // Never null: the C library has them all.
  Function* get() {
    Function* function = function_.load(std::memory_order_relaxed);
    if (function != nullptr) return function;
    function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
    function_.store(function, std::memory_order_relaxed);
    return function;
  }

  // Not inlined: what is done for our own semaphores is to save no registers
  // for it.
  template <typename... Arguments>
  [[gnu::noinline]] int operator()(Arguments... arguments) {
    return get()(arguments...);
  }

 private:
  const char* name_;
  std::atomic<Function*> function_ = nullptr;
};

}  // namespace ksem_preload

#endif  // KSEM_PRELOAD_SRC_NEXT_H_

// SPDX-License-Identifier: MIT
#include "ksem/units.h"

#include <cerrno>
#include <system_error>

#include "fsclient/src/opened.h"

namespace ksem {

Units::Units(Semaphore& semaphore, int n)
    : opened_(semaphore.opened_.get()), count_(n) {
  semaphore.acquire(n);
}

Units::Units(Semaphore& semaphore, Adopt, int n)
    : opened_(semaphore.opened_.get()), count_(n) {
  if (opened_) return;
  throw std::system_error(EBADF, std::generic_category(), "adopt");
}

Units::Units(Semaphore& semaphore, std::try_to_lock_t, int n)
    : Units(semaphore, kAdopt, semaphore.try_acquire(n) ? n : 0) {}

Units::Units(Semaphore& semaphore, std::stop_token stop, int n)
    : Units(semaphore, kAdopt, semaphore.acquire(std::move(stop), n) ? n : 0) {}

void Units::release() {
  if (count_ <= 0) return;
  const int n = dismiss();
  if (const int error = opened_->release(n)) {
    throw std::system_error(error, std::generic_category(),
                            "release " + opened_->name);
  }
}

Units::~Units() {
  // Shut down or removed: nobody misses them.
  if (count_ > 0) static_cast<void>(opened_->release(count_));
}

}  // namespace ksem

// SPDX-License-Identifier: MIT
#include "fsclient/src/handle.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "fsclient/src/cancellable.h"
#include "fsclient/src/deadline.h"
#include "fsclient/src/stoppable.h"
#include "fsclient/src/system.h"
#include "ksem/internal/word.h"

namespace ksem::internal {
namespace {

Descriptor open_device(const std::string& name) {
  const std::string path = "/dev/ksem/" + name;
  Descriptor device(-EACCES);
  // A user who may only take, or only give, gets that.
  for (const int access : {O_RDWR, O_RDONLY, O_WRONLY}) {
    if (device.error() != EACCES) break;
    device = Descriptor(open_at(AT_FDCWD, path.c_str(), access));
  }
  return device;
}

// The descriptor is ours, so EBADF says that it isn't open for this; and if it
// has no such request, it is another file's.
int error_of(int result) {
  if (result == -EBADF) return EACCES;
  if (result == -ENOTTY) return ESTALE;
  return result < 0 ? -result : 0;
}

template <class Argument>
int request(int fd, unsigned long what, Argument argument) {
  return error_of(or_errno(ioctl(fd, what, argument)));
}

void unmap(std::uint64_t* word) {
  if (word && word != Word::nowhere()) munmap(word, sizeof(ksem_page));
}

}  // namespace

// Taking units by a request that can block.
class Handle::Taking {
 public:
  Taking(Handle& handle, const ksem_ioc_wait& request)
      : handle_(handle), request_(request) {}
  ~Taking() {
    // Left by cancellation, which can come when the kernel has done its work.
    if (waiting_ && request_.taken)
      handle_.release(static_cast<int>(request_.taken));
  }

  int take() {
    waiting_ = true;
    const int result =
        cancellable_ioctl(handle_.device_.fd(), KSEM_IOC_WAIT, &request_);
    waiting_ = false;
    return error_of(result);
  }

  // From now on the kernel refuses it, even if it is restarted.
  void spoil() {
    std::atomic_ref(request_.flags).store(~0U, std::memory_order_release);
  }

 private:
  Handle& handle_;
  ksem_ioc_wait request_;
  bool waiting_ = false;
};

Handle::Handle(const std::string& name, bool undo)
    : Handle(open_device(name), undo) {}

Handle::Handle(Descriptor device, bool undo)
    : device_(std::move(device)),
      file_(identity_of(device_.fd())),
      undo_(undo),
      error_(device_.error()) {
  ksem_ioc_info now = {};
  if (!error_) error_ = request(device_.fd(), KSEM_IOC_INFO, &now);
  id_ = now.id;
  // Of what is taken by the page nobody keeps an account.
  const bool mappable = !undo && now.flags & KSEM_INFO_MAPPABLE &&
                        now.page_version == KSEM_PAGE_VERSION;
  word_.store(mappable ? nullptr : Word::nowhere(), std::memory_order_relaxed);
}

Handle::~Handle() {
  unmap(word_.load());
  close_own(device_.release(), file_);
}

ksem_ioc_wait Handle::wait_request(int n, std::uint32_t flags) const {
  ksem_ioc_wait request = {};
  // What isn't positive is all the same to the kernel.
  request.units = std::max(n, 0);
  request.flags = flags | (undo_ ? KSEM_WAIT_UNDO : 0);
  request.id = id_;
  return request;
}

// Not KSEM_IOC_TAKE: that has no room to tell a thread which is cancelled
// whether it got its units.
int Handle::acquire(const Limit& limit, int n) {
  ksem_ioc_wait request = wait_request(n, 0);
  set_deadline(limit, request);
  Taking taking(*this, request);
  if (!limit.stop.stop_possible()) return taking.take();
  return wait_stoppable(
      limit.stop, [&] { return taking.take(); }, [&] { taking.spoil(); });
}

int Handle::try_acquire(int n) {
  // All there is to know, if it isn't contended.
  const std::uint64_t word = peek();
  if (!(word & KSEM_WORD_CONTENDED) &&
      n > static_cast<int>(KSEM_WORD_UNITS(word)) &&
      n <= static_cast<int>(KSEM_WORD_CEILING(word))) {
    return EAGAIN;
  }
  ksem_ioc_wait wait = wait_request(n, KSEM_WAIT_NOWAIT);
  return request(device_.fd(), KSEM_IOC_WAIT, &wait);
}

int Handle::release(int n) {
  const unsigned units = std::max(n, 0);
  // It is cheaper, but in 32 bits it has no room for the identity.
  if (!undo_ && sizeof(unsigned long) == sizeof(id_)) {
    return request(device_.fd(), KSEM_IOC_GIVE, id_ << 32 | units);
  }
  ksem_ioc_post post = {};
  post.id = id_;
  post.units = units;
  post.flags = undo_ ? KSEM_POST_UNDO : 0;
  return request(device_.fd(), KSEM_IOC_POST, &post);
}

int Handle::configure(const ksem_settings& settings) {
  ksem_settings wanted = settings;
  wanted.id = id_;
  return request(device_.fd(), KSEM_IOC_CONFIG, &wanted);
}

int Handle::identity(std::uint64_t& identity) const {
  identity = id_;
  return 0;
}

int Handle::undo_units(std::int64_t& units) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  units = now.undo;
  return error;
}

int Handle::waiting(std::vector<Waiter>& waiters) const {
  ksem_ioc_waiter all[KSEM_WAITERS_MAX] = {};
  ksem_ioc_waiters told = {};
  told.id = id_;
  told.waiters = reinterpret_cast<std::uintptr_t>(all);
  told.nr = KSEM_WAITERS_MAX;
  told.waiter_size = sizeof(all[0]);
  if (const int error = request(device_.fd(), KSEM_IOC_WAITERS, &told)) {
    return error;
  }
  for (const ksem_ioc_waiter& one : std::span(all, told.nr)) {
    waiters.push_back({.pid = static_cast<int>(one.pid),
                       .tid = static_cast<int>(one.tid),
                       .units = static_cast<int>(one.units),
                       .way = static_cast<Way>(one.way),
                       .kernel = (one.flags & KSEM_WAITER_KERNEL) != 0,
                       .waited = std::chrono::nanoseconds(one.ns),
                       .name = one.comm});
  }
  return 0;
}

int Handle::value(int& value) const {
  const std::uint64_t word = peek();
  if (!(word & KSEM_WORD_CONTENDED)) {
    value = static_cast<int>(KSEM_WORD_UNITS(word));
    return 0;
  }
  ksem_ioc_info now = {};
  const int error = info(now);
  value = static_cast<int>(now.value);
  return error;
}

int Handle::max(int& max) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  max = static_cast<int>(now.max);
  return error;
}

int Handle::waiters(int& waiters) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  waiters = static_cast<int>(now.waiters);
  return error;
}

int Handle::fair(bool& fair) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  fair = !(now.flags & KSEM_INFO_UNFAIR);
  return error;
}

int Handle::is_shutdown(bool& shutdown) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  shutdown = now.flags & KSEM_INFO_SHUTDOWN;
  return error;
}

int Handle::order(Order& order) const {
  ksem_ioc_info now = {};
  const int error = info(now);
  order = now.flags & KSEM_INFO_PRIORITY ? Order::kPriority : Order::kFifo;
  return error;
}

int Handle::info(ksem_ioc_info& info) const {
  const int error = request(device_.fd(), KSEM_IOC_INFO, &info);
  return !error && info.id != id_ ? ESTALE : error;
}

// CONTENDED if only the kernel can tell.
std::uint64_t Handle::peek() const {
  std::uint64_t* const word = word_.load(std::memory_order_acquire);
  return word ? std::atomic_ref(*word).load(std::memory_order_relaxed)
              : KSEM_WORD_CONTENDED;
}

std::uint64_t* Handle::word() {
  std::uint64_t* known = word_.load(std::memory_order_acquire);
  if (known) return known;
  std::uint64_t* const mapped = map();
  if (word_.compare_exchange_strong(known, mapped)) return mapped;
  // Another thread was faster.
  unmap(mapped);
  return known;
}

// It works as well without, so why it failed doesn't matter.
std::uint64_t* Handle::map() const {
  static_assert(offsetof(ksem_page, word) == 0);
  void* const page = mmap(nullptr, sizeof(ksem_page), PROT_READ | PROT_WRITE,
                          MAP_SHARED, device_.fd(), 0);
  if (page == MAP_FAILED) return Word::nowhere();
  auto* const word = static_cast<std::uint64_t*>(page);
  // The number can be another file's by now, and requests tell.
  ksem_ioc_info now = {};
  if (!info(now)) return word;
  unmap(word);
  return Word::nowhere();
}

}  // namespace ksem::internal

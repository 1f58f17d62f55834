// SPDX-License-Identifier: MIT
#include "tools/ksem/several.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <set>
#include <thread>

#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/text.h"

namespace ksem_tool {
namespace {

// A signal that nobody sends otherwise has to have a handler to interrupt.
void let_interrupt(int signal) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  sigaction(signal, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

void check(const std::vector<Portion>& portions, Several::Which which) {
  if (portions.size() > KSEM_OPS_MAX) {
    throw UsageError("that is more than " + std::to_string(KSEM_OPS_MAX) +
                     " semaphores");
  }
  std::set<std::string> names;
  for (const Portion& portion : portions) {
    if (!names.insert(portion.name).second && which == Several::Which::kAny) {
      throw UsageError(printable(portion.name) + " is there twice");
    }
  }
}

}  // namespace

Several::Several(const std::vector<Portion>& portions, Which which, bool undo)
    : portions_(portions), which_(which), undo_(undo) {
  check(portions, which);
  for (; index_ < portions.size(); index_++) {
    try {
      semaphores_.push_back(ksem::Semaphore::open(
          portions[index_].name, {.via = ksem::Via::kHandle, .undo = undo}));
    } catch (const std::system_error& error) {
      fail(error.code().value());
    }
  }
  index_ = 0;
}

int Several::request(std::uint32_t op, std::uint32_t flags) {
  const bool any = which_ == Which::kAny;
  std::vector<ksem_ioc_op> ops(portions_.size());
  for (std::size_t i = 0; i < ops.size(); i++) {
    ops[i].fd = semaphores_[i].native_handle();
    ops[i].op = op;
    ops[i].units = static_cast<__u32>(portions_[i].units);
    ops[i].flags = undo_ && !any ? KSEM_OP_UNDO : 0;
  }
  ksem_ioc_multi multi = {};
  multi.ops = reinterpret_cast<std::uintptr_t>(ops.data());
  multi.nr = static_cast<__u32>(ops.size());
  multi.flags = flags;
  multi.op_size = sizeof(ksem_ioc_op);
  const int result =
      ioctl(ops[0].fd, any ? KSEM_IOC_ANY : KSEM_IOC_ALL, &multi);
  const int error = result < 0 ? errno : 0;
  if (multi.index < portions_.size()) index_ = multi.index;
  return error == EBADF ? EACCES : error;
}

void Several::fail(int error) const {
  throw OfSemaphore(error, portions_[index_].name);
}

bool Several::try_take() {
  const int error = request(KSEM_OP_WAIT, KSEM_WAIT_NOWAIT);
  if (error && error != EAGAIN) fail(error);
  return !error;
}

// A stop can come just before the request blocks: the signal is sent until the
// request has ended.
bool Several::take(const std::stop_token& stop) {
  const pthread_t waiter = pthread_self();
  std::atomic<bool> done = false;
  let_interrupt(SIGURG);
  int error = EINTR;
  {
    const std::stop_callback interrupt(stop, [&] {
      // A stop that came before runs this here.
      const bool waits = !pthread_equal(pthread_self(), waiter);
      while (waits && !done) {
        pthread_kill(waiter, SIGURG);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    while (error == EINTR && !stop.stop_requested()) {
      error = request(KSEM_OP_WAIT, KSEM_WAIT_NORESTART);
    }
    done = true;
  }
  if (error && error != EINTR) fail(error);
  return !error;
}

void Several::post() {
  if (const int error = request(KSEM_OP_POST, 0)) fail(error);
}

void Several::give_back() {
  std::exception_ptr first;
  for (std::size_t i = 0; i < portions_.size(); i++) {
    if (which_ == Which::kAny && i != index_) continue;
    try {
      semaphores_[i].release(portions_[i].units);
    } catch (const std::system_error& error) {
      if (!first) {
        first = std::make_exception_ptr(
            OfSemaphore(error.code().value(), portions_[i].name));
      }
    }
  }
  if (first) std::rethrow_exception(first);
}

void Several::let_inherit() {
  for (const ksem::Semaphore& sem : semaphores_) {
    fcntl(sem.native_handle(), F_SETFD, 0);
  }
}

Wanted Several::wanted() {
  return {.try_take = [this] { return try_take(); },
          .take = [this](std::stop_token stop) { return take(stop); },
          .give_back = [this] { give_back(); }};
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_HANDLE_H_
#define KSEM_SRC_HANDLE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "fsclient/src/backend.h"
#include "fsclient/src/descriptor.h"
#include "fsclient/src/identity.h"
#include "kernel/include/uapi/linux/ksem.h"

namespace ksem::internal {

// By one open file of /dev/ksem/NAME, which any number of threads can block on,
// and by its page if that may be mapped.
class Handle final : public Backend {
 public:
  // With `undo`, what is taken and not given comes back when the file is closed
  // for good.
  Handle(const std::string& name, bool undo);
  // By a file that is open already.
  Handle(Descriptor device, bool undo);
  ~Handle() override;

  // What is wrong with it, if it could not be opened.
  int error() const { return error_; }

  // As Directory::check().
  int check() const { return check_named(device_.fd(), file_); }

  int acquire(const Limit& limit, int n) override;
  int try_acquire(int n) override;
  int release(int n) override;

  int value(int& value) const override;
  int max(int& max) const override;
  int waiters(int& waiters) const override;
  int order(Order& order) const override;
  int fair(bool& fair) const override;
  int is_shutdown(bool& shutdown) const override;

  int configure(const ksem_settings& settings) override;

  int identity(std::uint64_t& identity) const override;
  int undo_units(std::int64_t& units) const override;
  int waiting(std::vector<Waiter>& waiters) const override;

  int descriptor() const override { return device_.fd(); }

  // Maps the page the first time.
  std::uint64_t* word() override;

  // For requests on several.
  __u64 id() const { return id_; }
  bool undo() const { return undo_; }

 private:
  class Taking;

  ksem_ioc_wait wait_request(int n, std::uint32_t flags) const;
  int info(ksem_ioc_info& info) const;
  std::uint64_t peek() const;
  std::uint64_t* map() const;

  Descriptor device_;
  const std::uint32_t file_;
  const bool undo_;
  int error_;
  // Requests say which semaphore they mean: a program that closes descriptors
  // it doesn't know gets ESTALE, not somebody else's units.
  __u64 id_ = 0;
  std::atomic<std::uint64_t*> word_;  // null: not mapped yet
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_HANDLE_H_

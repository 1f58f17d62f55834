// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_FILES_H_
#define KSEM_SRC_FILES_H_

#include <chrono>

#include "fsclient/src/backend.h"
#include "fsclient/src/directory.h"
#include "fsclient/src/kept.h"

namespace ksem::internal {

// By the files in the semaphore's directory, which has to outlive it.
class Files final : public Backend {
 public:
  explicit Files(const Directory& directory);

  int wait(int n) override;
  int wait(const std::stop_token& stop, int n) override;
  int wait(const Deadline& deadline, int n) override;
  int wait(const std::stop_token& stop, const Deadline& deadline,
           int n) override;
  int trywait(int n) override;
  int post(int n) override;

  int value(int& value) const override;
  int max(int& max) const override;
  int waiters(int& waiters) const override;
  int order(Order& order) const override;
  int fair(bool& fair) const override;
  int is_shutdown(bool& shutdown) const override;

  std::uint64_t* word() override;

 private:
  class Taking;

  // All of which block.
  int block(int n);
  int block(const std::stop_token& stop, int n);
  int block(std::chrono::nanoseconds timeout, int n);
  int block(const std::stop_token& stop, const Deadline& deadline, int n);

  int read_number(const char* file, int& number) const;

  const Directory& directory_;
  BlockingFile wait_;
  BlockingFile timedwait_;
  SharedFile trywait_;
  SharedFile post_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_FILES_H_

// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_FILES_H_
#define KSEM_SRC_FILES_H_

#include "fsclient/src/backend.h"
#include "fsclient/src/directory.h"
#include "fsclient/src/kept.h"

namespace ksem::internal {

// By the files in the semaphore's directory, which has to outlive it.
class Files final : public Backend {
 public:
  explicit Files(const Directory& directory);

  int acquire(const Limit& limit, int n) override;
  int try_acquire(int n) override;
  int release(int n) override;

  int value(int& value) const override;
  int max(int& max) const override;
  int waiters(int& waiters) const override;
  int order(Order& order) const override;
  int fair(bool& fair) const override;
  int is_shutdown(bool& shutdown) const override;

  std::uint64_t* word() override;

 private:
  class Taking;

  int block(const Limit& limit, int n);

  int read_number(const char* file, int& number) const;

  const Directory& directory_;
  BlockingFile wait_;
  BlockingFile timedwait_;
  SharedFile trywait_;
  SharedFile post_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_FILES_H_

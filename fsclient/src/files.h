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

  int wait(int n) override;
  int wait(const std::stop_token& stop, int n) override;
  int timedwait(std::chrono::nanoseconds timeout, int n) override;
  int trywait(int n) override;
  int post(int n) override;

 private:
  class Taking;

  BlockingFile wait_;
  BlockingFile timedwait_;
  SharedFile trywait_;
  SharedFile post_;
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_FILES_H_

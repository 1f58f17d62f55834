// SPDX-License-Identifier: MIT
#ifndef KSEM_SRC_OPENED_H_
#define KSEM_SRC_OPENED_H_

#include <memory>
#include <string>
#include <utility>

#include "fsclient/src/backend.h"
#include "fsclient/src/directory.h"
#include "ksem/semaphore.h"

namespace ksem::internal {

// What a Semaphore object consists of.
struct Opened {
  explicit Opened(const std::string& its_name)
      : name(its_name), directory(its_name) {}

  // Returns 0 or an errno: for options that contradict each other, and of what
  // it takes to open it.
  static int check(const Options& options);
  static int open(const std::string& name, const Options& options,
                  std::unique_ptr<Opened>& opened);

  // By a handle that is there; `fd` stays the caller's.
  static int from_descriptor(int fd, bool undo,
                             std::unique_ptr<Opened>& opened);

  // Whether the semaphore still has its name: as Directory::check().
  int check_name() const;

  // Gives units; 0 or an errno.
  int release(int n) const;

  const std::string name;
  Directory directory;  // none by a descriptor: error() then
  std::unique_ptr<Backend> backend;
  Via via = Via::kFiles;

 private:
  Opened(const std::string& its_name, std::unique_ptr<Backend> its_backend)
      : name(its_name),
        directory(""),
        backend(std::move(its_backend)),
        via(Via::kHandle) {}

  int choose(const std::string& name, const Options& options);
};

}  // namespace ksem::internal

#endif  // KSEM_SRC_OPENED_H_

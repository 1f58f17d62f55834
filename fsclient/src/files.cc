// SPDX-License-Identifier: MIT
#include "fsclient/src/files.h"

#include <pthread.h>

#include <cerrno>

#include "fsclient/src/interrupt.h"
#include "fsclient/src/text.h"

namespace ksem::internal {

// Taking units by a write that blocks.
class Files::Taking {
 public:
  Taking(Files& files, BlockingFile& file, int n)
      : files_(files), loan_(file), n_(n) {}
  ~Taking() {
    if (loan_.cancelled_too_late()) files_.post(n_);
  }

  int write(const Text& text) { return loan_.write(text.view()); }

 private:
  Files& files_;
  BlockingFile::Loan loan_;
  const int n_;
};

Files::Files(const Directory& directory)
    : wait_(directory, "wait"),
      timedwait_(directory, "timedwait"),
      trywait_(directory, "trywait"),
      post_(directory, "post") {}

int Files::wait(int n) { return Taking(*this, wait_, n).write(Text(n)); }

int Files::wait(const std::stop_token& stop, int n) {
  Text text(n);
  Taking taking(*this, wait_, n);
  const Interruptible interruptible;
  // A write that begins after this is refused for its text; one that has begun
  // is interrupted, and refused when it is restarted.  So there is no moment at
  // which the request could be missed.
  const std::stop_callback on_stop(stop, [&text, thread = pthread_self()] {
    text.spoil();
    interrupt(thread);
  });
  int error;
  do {
    error = taking.write(text);
  } while (error == EINTR && !stop.stop_requested());
  return error && stop.stop_requested() ? ECANCELED : error;
}

int Files::timedwait(std::chrono::nanoseconds timeout, int n) {
  return Taking(*this, timedwait_, n).write(Text(timeout, n));
}

int Files::trywait(int n) {
  // Else those units might find no way back.
  const int error = post_.prepare();
  return error ? error : trywait_.write(Text(n).view());
}

int Files::post(int n) { return post_.write(Text(n).view()); }

}  // namespace ksem::internal

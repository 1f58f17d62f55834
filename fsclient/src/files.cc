// SPDX-License-Identifier: MIT
#include "fsclient/src/files.h"

#include <cerrno>
#include <charconv>
#include <string>

#include "fsclient/src/stoppable.h"
#include "fsclient/src/text.h"
#include "ksem/internal/word.h"

namespace ksem::internal {

// Taking units by a write that blocks.
class Files::Taking {
 public:
  Taking(Files& files, BlockingFile& file, int n)
      : files_(files), loan_(file), n_(n) {}
  ~Taking() {
    if (loan_.cancelled_too_late()) files_.release(n_);
  }

  int write(const Text& text) { return loan_.write(text.view()); }

 private:
  Files& files_;
  BlockingFile::Loan loan_;
  const int n_;
};

Files::Files(const Directory& directory)
    : directory_(directory),
      wait_(directory, "wait"),
      timedwait_(directory, "timedwait"),
      trywait_(directory, "trywait"),
      post_(directory, "post") {}

// To block takes a descriptor of one's own: first see whether it has to be.
int Files::acquire(const Limit& limit, int n) {
  const int error = try_acquire(n);
  return error == EAGAIN ? block(limit, n) : error;
}

int Files::block(const Limit& limit, int n) {
  Text text = limit.deadline ? Text(time_left(*limit.deadline), n) : Text(n);
  Taking taking(*this, limit.deadline ? timedwait_ : wait_, n);
  if (!limit.stop.stop_possible()) return taking.write(text);
  return wait_stoppable(
      limit.stop, [&] { return taking.write(text); }, [&] { text.spoil(); });
}

int Files::try_acquire(int n) {
  // Else those units might find no way back.
  const int error = post_.prepare();
  return error ? error : trywait_.write(Text(n).view());
}

int Files::release(int n) { return post_.write(Text(n).view()); }

int Files::value(int& value) const { return read_number("value", value); }

int Files::max(int& max) const { return read_number("max", max); }

int Files::waiters(int& waiters) const {
  return read_number("waiters", waiters);
}

int Files::fair(bool& fair) const {
  std::string text;
  const int error = directory_.read("fair", text);
  fair = text == "1\n";
  return error;
}

int Files::is_shutdown(bool& shutdown) const {
  std::string text;
  const int error = directory_.read("shutdown", text);
  shutdown = text == "1\n";
  return error;
}

int Files::order(Order& order) const {
  std::string text;
  const int error = directory_.read("order", text);
  order = text == "priority\n" ? Order::kPriority : Order::kFifo;
  return error;
}

int Files::read_number(const char* file, int& number) const {
  std::string text;
  const int error = directory_.read(file, text);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return error;
}

std::uint64_t* Files::word() { return Word::nowhere(); }

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "fsclient/src/counters.h"

#include <cerrno>
#include <fstream>
#include <string>

#include "fsclient/src/cancellable.h"

namespace ksem::internal {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& name)
      : folder_("/sys/class/ksem/" + name + "/") {}

  Reader& read(const char* file, std::uint64_t& number) {
    std::ifstream in(folder_ + file);
    if (!(in >> number)) complete_ = false;
    return *this;
  }
  Reader& read(const char* file, std::chrono::nanoseconds& time) {
    std::uint64_t number = 0;
    read(file, number);
    time = std::chrono::nanoseconds(number);
    return *this;
  }

  bool complete() const { return complete_; }

 private:
  const std::string folder_;
  bool complete_ = true;
};

}  // namespace

// They go by the name.  If the semaphore still has it afterwards, they are its
// own.
int read_counters(const Opened& opened, Counters& counters) {
  if (!is_default_root()) return ENODEV;
  const NotCancellable not_cancellable;
  Reader reader(opened.name);
  reader.read("acquired", counters.acquired)
      .read("posted", counters.posted)
      .read("contended", counters.contended)
      .read("timeouts", counters.timeouts)
      .read("interrupted", counters.interrupted)
      .read("wait_ns_total", counters.wait_total)
      .read("wait_ns_max", counters.wait_longest);
  if (const int error = opened.check_name()) return error;
  return reader.complete() ? 0 : ENODEV;
}

}  // namespace ksem::internal

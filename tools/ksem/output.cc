// SPDX-License-Identifier: MIT
#include "tools/ksem/output.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace ksem_tool {
namespace {

// How much a write takes without blocking once poll() has said that it is
// writable: that of a pipe is told; a terminal has room for 256 bytes at least,
// and makes two of a line's end.
std::size_t piece() {
  static const bool is_terminal = isatty(STDOUT_FILENO);
  return is_terminal ? 128 : PIPE_BUF;
}

void write_some(std::string& text) {
  const std::size_t size = std::min(text.size(), piece());
  const ssize_t done = write(STDOUT_FILENO, text.data(), size);
  if (done >= 0) {
    text.erase(0, static_cast<std::size_t>(done));
  } else if (errno == EPIPE) {
    throw NoReader();
  } else if (errno != EINTR && errno != EAGAIN) {
    throw Failure(errno, kStandardOutput);
  }
}

}  // namespace

NoReader::NoReader() : Failure(EPIPE, kStandardOutput) {}

int print(std::string& text, const Signals& signals) {
  while (!text.empty()) {
    const int signal = signals.ending({}, STDOUT_FILENO, POLLOUT);
    if (signal) return signal;
    write_some(text);
  }
  return signals.pending();
}

bool print_at_once(std::string& text) {
  pollfd output = {STDOUT_FILENO, POLLOUT, 0};
  while (!text.empty() && poll(&output, 1, 0) > 0) write_some(text);
  return text.empty();
}

bool reader_leaves(std::chrono::milliseconds patience) {
  pollfd output = {STDOUT_FILENO, 0, 0};
  if (poll(&output, 1, static_cast<int>(patience.count())) <= 0) return false;
  // It never was open.
  if (output.revents & POLLNVAL) throw Failure(EBADF, kStandardOutput);
  return true;
}

}  // namespace ksem_tool

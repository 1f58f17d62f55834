// SPDX-License-Identifier: MIT
#include "tools/ksem/events.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <regex>
#include <system_error>

#include "ksem/semaphore.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/failure.h"

namespace ksem_tool {
namespace {

constexpr char kTracing[] = "/sys/kernel/tracing";
constexpr char kInstances[] = "/sys/kernel/tracing/instances";
constexpr std::string_view kOurs = "ksem-monitor-";
constexpr std::size_t kCommandWidth = 16;  // as the kernel prints it

template <typename Number>
Number to_number(const std::string& digits) {
  Number number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void write_file(const std::string& path, std::string_view text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC), path.c_str());
  if (!write_all(file.get(), text)) {
    throw Failure(errno, path);
  }
}

// A new instance has the options of the whole machine, by which its lines could
// look otherwise.  Not record-tgid: to end that here would end it for others.
constexpr struct {
  const char* name;
  const char* value;
} kOptions[] = {
    {"context-info", "1"}, {"irq-info", "1"}, {"latency-format", "0"},
    {"raw", "0"},          {"hex", "0"},      {"bin", "0"},
    {"fields", "0"}};

void set_options(const std::string& instance) {
  for (const auto& option : kOptions) {
    const std::string path = instance + "/options/" + option.name;
    // Not every kernel has them all.
    if (access(path.c_str(), F_OK) == 0) write_file(path, option.value);
  }
}

// Of those that were killed and could not do it.
void remove_left_over() {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(kInstances, error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with(kOurs)) continue;
    const auto pid = to_number<pid_t>(name.substr(kOurs.size()));
    // Numbers come again, also the one that we have now.
    const bool gone = pid == getpid() || (kill(pid, 0) < 0 && errno == ESRCH);
    if (gone) rmdir(entry->path().c_str());
  }
}

std::string make_instance() {
  if (const std::string why = nothing_at(ksem::root()); !why.empty()) {
    throw Failure(why);
  }
  remove_left_over();
  const std::string path = std::string(kInstances) + "/" + std::string(kOurs) +
                           std::to_string(getpid());
  if (mkdir(path.c_str(), 0700) == 0) return path;
  if (errno == EACCES || errno == EPERM) {
    throw Failure(
        "permission denied: the kernel's events are for root; type: sudo ksem "
        "monitor …");
  }
  if (errno == ENOENT) {
    throw Failure(std::string("there is no ") + kInstances +
                  "; as root, type:\n  mount -t tracefs tracefs " + kTracing);
  }
  throw Failure(errno, path);
}

}  // namespace

std::optional<Event> parse_event(std::string_view text) {
  // The name is whatever is between: it can have blanks and numbers in it.
  static const std::regex kFormat(
      R"(-(\d+) +(?:\([-\d ]+\) +)?\[\d+\] \S+ +([\d.]+): ksem_(?:(made|removed): name=(.*)|(\w+): name=(.*) units=(\d+)(?: waited_ns=(-?\d+))?))");
  if (text.size() < kCommandWidth) return std::nullopt;
  std::string_view command = text.substr(0, kCommandWidth);
  command.remove_prefix(
      std::min(command.find_first_not_of(' '), command.size()));
  const std::string fields(text.substr(kCommandWidth));
  std::smatch found;
  if (!std::regex_match(fields, found, kFormat)) return std::nullopt;
  Event event;
  event.command = command;
  event.pid = to_number<int>(found[1]);
  event.time = found[2];
  event.what = found[3].matched ? found[3] : found[5];
  event.name = found[4].matched ? found[4] : found[6];
  if (found[7].matched) event.units = found[7];
  if (found[8].matched) event.waited_ns = found[8];
  return event;
}

bool may_begin_event(std::string_view text) {
  return text.size() < kCommandWidth;
}

std::optional<std::uint64_t> parse_lost(std::string_view line) {
  static const std::regex kFormat(R"(CPU:\d+ \[LOST (\d+) EVENTS\].*)");
  std::smatch found;
  const std::string text(line);
  if (!std::regex_match(text, found, kFormat)) return std::nullopt;
  return to_number<std::uint64_t>(found[1]);
}

EventSource::EventSource() : path_(make_instance()) {
  try {
    write_file(path_ + "/trace_clock", "mono");
    set_options(path_);
    pipe_ = std::make_unique<Fd>(open((path_ + "/trace_pipe").c_str(),
                                      O_RDONLY | O_NONBLOCK | O_CLOEXEC),
                                 (path_ + "/trace_pipe").c_str());
    write_file(path_ + "/events/ksem/enable", "1");
  } catch (...) {
    pipe_.reset();
    rmdir(path_.c_str());
    throw;
  }
}

EventSource::~EventSource() {
  pipe_.reset();
  rmdir(path_.c_str());
}

void EventSource::stop() { write_file(path_ + "/events/ksem/enable", "0"); }

std::string EventSource::read() {
  std::array<char, 65536> some;
  const ssize_t got = ::read(pipe_->get(), some.data(), some.size());
  if (got > 0) rest_.append(some.data(), static_cast<std::size_t>(got));
  const std::size_t end = rest_.rfind('\n') + 1;
  std::string lines = rest_.substr(0, end);
  rest_.erase(0, end);
  return lines;
}

}  // namespace ksem_tool

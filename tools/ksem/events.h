// SPDX-License-Identifier: MIT
// The kernel's events of semaphores, by an instance of tracefs of our own.
#ifndef TOOLS_KSEM_EVENTS_H_
#define TOOLS_KSEM_EVENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/ksem/fd.h"

namespace ksem_tool {

struct Event {
  std::string time;  // seconds of CLOCK_MONOTONIC
  std::string name;
  std::string
      what;  // wait, acquired, post, timeout, interrupted, made, removed
  int pid = 0;
  std::string command;
  std::optional<std::string> units;      // of all but made and removed
  std::optional<std::string> waited_ns;  // of acquired
};

// A line of trace_pipe, or several if the command's name has newlines; nothing
// if it isn't an event of ours.
std::optional<Event> parse_event(std::string_view text);

// Whether a newline in the command's name can follow the text.
bool may_begin_event(std::string_view text);

// How many events the kernel had no room for, if the line says that.
std::optional<std::uint64_t> parse_lost(std::string_view line);

// While it lives, events are collected.  Throws a Failure that says what
// to type if that can't be.
class EventSource {
 public:
  EventSource();
  ~EventSource();
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;

  int descriptor() const { return pipe_->get(); }
  void stop();         // no more events come
  std::string read();  // whole lines, or nothing for now

 private:
  std::string path_;
  std::unique_ptr<Fd> pipe_;
  std::string rest_;
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_EVENTS_H_

// SPDX-License-Identifier: MIT
#include "fsclient/src/settings.h"

#include <cerrno>
#include <charconv>
#include <string>

#include "fsclient/src/text.h"

namespace ksem::internal {
namespace {

constexpr unsigned kAccess = 0777;

class Writer {
 public:
  Writer(const Directory& directory, const ksem_settings& settings)
      : directory_(directory), settings_(settings) {}

  // Does nothing after an error, nor for what isn't set.
  Writer& write(const char* file, std::uint32_t bit, std::string_view text) {
    if (!error_ && settings_.set & bit) error_ = directory_.write(file, text);
    return *this;
  }
  Writer& write(const char* file, std::uint32_t bit, std::uint32_t number) {
    return write(file, bit, Text(static_cast<int>(number)).view());
  }

  int error() const { return error_; }

 private:
  const Directory& directory_;
  const ksem_settings& settings_;
  int error_ = 0;
};

// Whether the new value is above the ceiling that is there.
bool needs_room(const Directory& directory, const ksem_settings& settings) {
  std::string text;
  std::uint32_t max = 0;
  if (!(settings.set & KSEM_SET_VALUE) || directory.read("max", text)) {
    return false;
  }
  std::from_chars(text.data(), text.data() + text.size(), max);
  return settings.value > max;
}

}  // namespace

int to_kernel(const Settings& settings, ksem_settings& result) {
  result = {};
  // What isn't positive is refused here: the kernel has only large numbers.
  if (settings.value.value_or(0) < 0 || settings.max.value_or(1) < 1 ||
      settings.mode.value_or(0) > kAccess) {
    return EINVAL;
  }
  const auto take = [&](const auto& from, std::uint32_t bit, __u32& to) {
    if (!from) return;
    result.set |= bit;
    to = static_cast<__u32>(*from);
  };
  take(settings.value, KSEM_SET_VALUE, result.value);
  take(settings.max, KSEM_SET_MAX, result.max);
  take(settings.fair, KSEM_SET_FAIR, result.fair);
  take(settings.record, KSEM_SET_RECORD, result.record);
  take(settings.undo, KSEM_SET_UNDO, result.undo);
  take(settings.mappable, KSEM_SET_MAPPABLE, result.mappable);
  take(settings.mode, KSEM_SET_MODE, result.mode);
  take(settings.group, KSEM_SET_GROUP, result.group);
  if (settings.order) {
    result.set |= KSEM_SET_ORDER;
    result.order = *settings.order == Order::kPriority ? KSEM_ORDER_PRIORITY
                                                       : KSEM_ORDER_FIFO;
  }
  return 0;
}

int write_settings(const Directory& directory, const ksem_settings& settings) {
  Writer writer(directory, settings);
  writer.write("order", KSEM_SET_ORDER,
               settings.order == KSEM_ORDER_PRIORITY ? "priority" : "fifo");
  // The value never passes the ceiling, so whichever makes room goes first.
  if (needs_room(directory, settings)) {
    writer.write("max", KSEM_SET_MAX, settings.max)
        .write("value", KSEM_SET_VALUE, settings.value);
  } else {
    writer.write("value", KSEM_SET_VALUE, settings.value)
        .write("max", KSEM_SET_MAX, settings.max);
  }
  return writer.write("fair", KSEM_SET_FAIR, settings.fair)
      .write("record", KSEM_SET_RECORD, settings.record)
      .write("undo", KSEM_SET_UNDO, settings.undo)
      .write("mappable", KSEM_SET_MAPPABLE, settings.mappable)
      .error();
}

}  // namespace ksem::internal

// SPDX-License-Identifier: MIT
#include "tools/ksem/details.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "tools/ksem/access.h"

namespace ksem_tool {
namespace {

constexpr char kRoot[] = "/sys/kernel/config/ksem";
constexpr char kDevices[] = "/dev/ksem/";
constexpr char kClass[] = "/sys/class/ksem/";
constexpr unsigned kAccess = 0777;

template <typename Number>
std::optional<Number> read_number(const std::string& path) {
  std::ifstream file(path);
  Number number;
  if (file >> number) return number;
  return std::nullopt;
}

bool read_switch(const std::string& name, const char* file) {
  const auto value = read_number<int>(directory_path(name) + "/" + file);
  if (value) return *value != 0;
  throw std::system_error(ENOENT, std::generic_category(), file);
}

void read_device(Details& details) {
  const std::string& name = details.reading.name;
  struct stat info;
  if (stat(device_path(name).c_str(), &info) < 0 || !S_ISCHR(info.st_mode)) {
    return;
  }
  details.mode = info.st_mode & kAccess;
  details.group = info.st_gid;
  details.owner = info.st_uid;
}

class Differences {
 public:
  template <typename Asked, typename There>
  void compare(const char* setting, const Asked& asked, const There& there) {
    if (asked && static_cast<There>(*asked) != there) {
      add(setting, std::to_string(there), std::to_string(*asked));
    }
  }

  void add(const char* setting, const std::string& there,
           const std::string& asked) {
    if (!text_.empty()) text_ += ", ";
    text_ += std::string(setting) + " " + there + " (asked: " + asked + ")";
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

bool has_devices() { return ksem::root() == kRoot; }

std::string device_path(const std::string& name) { return kDevices + name; }

std::string directory_path(const std::string& name) {
  return ksem::root() + "/" + name;
}

bool is_there(const std::string& name) {
  return access(directory_path(name).c_str(), F_OK) == 0;
}

Details read_details(const std::string& name) {
  Details details;
  details.reading = read(name);
  details.record = read_switch(name, "record");
  details.undo = read_switch(name, "undo");
  details.mappable = read_switch(name, "mappable");
  if (has_devices()) read_device(details);
  for (const char* counter : kCounters) {
    details.counters.push_back(
        has_devices()
            ? read_number<std::uint64_t>(kClass + name + "/" + counter)
            : std::nullopt);
  }
  return details;
}

std::vector<Details> read_all_details() {
  std::vector<Details> all;
  for (const std::string& name : all_names()) {
    try {
      all.push_back(read_details(name));
    } catch (const std::system_error& error) {  // gone meanwhile?
      if (error.code().value() != ENOENT) throw;
    }
  }
  return all;
}

std::string differences(const ksem::Settings& asked, const Details& there) {
  Differences all;
  const Reading& reading = there.reading;
  all.compare("max", asked.max, reading.max);
  if (asked.order && *asked.order != reading.order) {
    all.add("order", order_name(reading.order), order_name(*asked.order));
  }
  all.compare("fair", asked.fair, reading.fair);
  all.compare("record", asked.record, there.record);
  all.compare("undo", asked.undo, there.undo);
  all.compare("mappable", asked.mappable, there.mappable);
  if (asked.mode && there.mode && *asked.mode != *there.mode) {
    all.add("mode", show_mode(*there.mode), show_mode(*asked.mode));
  }
  if (there.group) all.compare("group", asked.group, *there.group);
  if (reading.shutdown) all.add("shutdown", "1", "0");
  return all.text();
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
// The settings of a semaphore, as they are typed.
#ifndef TOOLS_KSEM_SETTINGS_H_
#define TOOLS_KSEM_SETTINGS_H_

#include <string>

#include "ksem/semaphore.h"
#include "tools/ksem/cli.h"

namespace ksem_tool {

// Empty where nothing was typed.
struct SettingOptions {
  std::string value;
  std::string max;
  std::string order;
  std::string fair;
  std::string record;
  std::string undo;
  std::string mappable;

  bool operator==(const SettingOptions&) const = default;
};

// What --help says of the options that mean something else to each verb.
struct SettingHelp {
  const char* value;
  const char* max;
  const char* order;
};

void add_settings(CLI::App* verb, SettingOptions& options,
                  const SettingHelp& help);

ksem::Settings parse_settings(const SettingOptions& options);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_SETTINGS_H_

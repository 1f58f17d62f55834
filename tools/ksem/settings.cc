// SPDX-License-Identifier: MIT
#include "tools/ksem/settings.h"

#include "tools/ksem/number.h"

namespace ksem_tool {
namespace {

ksem::Order parse_order(const std::string& text) {
  if (text == "fifo") return ksem::Order::kFifo;
  if (text == "priority") return ksem::Order::kPriority;
  throw UsageError("--order " + text + ": give fifo or priority");
}

bool parse_switch(const char* option, const std::string& text) {
  if (text != "0" && text != "1") {
    throw UsageError(std::string(option) + " " + text + ": give 0 or 1");
  }
  return text == "1";
}

}  // namespace

void add_settings(CLI::App* verb, SettingOptions& options,
                  const SettingHelp& help) {
  add_text(verb, "--value", options.value, "V", help.value);
  add_text(verb, "--max", options.max, "M", help.max);
  add_text(verb, "--order", options.order, "ORDER", help.order);
  add_text(verb, "--fair", options.fair, "0|1",
           "0: threads that run may take units ahead of the waiters, which is "
           "faster when many want them; 1 if not told");
  add_text(verb, "--record", options.record, "0|1",
           "1: the kernel writes down which process operated last, and when; "
           "every operation is a system call then");
  add_text(verb, "--undo", options.undo, "0|1",
           "1: what a program takes through the device comes back when it "
           "ends; for those that open it from then on");
  add_text(verb, "--mappable", options.mappable, "0|1",
           "0: programs can't map the device, so the kernel sees all they do");
}

ksem::Settings parse_settings(const SettingOptions& options) {
  ksem::Settings settings;
  if (!options.value.empty()) {
    settings.value = parse_number("--value", options.value, 0);
  }
  if (!options.max.empty()) {
    settings.max = parse_number("--max", options.max, 1);
  }
  if (!options.order.empty()) settings.order = parse_order(options.order);
  const auto take = [](const char* option, const std::string& text,
                       std::optional<bool>& to) {
    if (!text.empty()) to = parse_switch(option, text);
  };
  take("--fair", options.fair, settings.fair);
  take("--record", options.record, settings.record);
  take("--undo", options.undo, settings.undo);
  take("--mappable", options.mappable, settings.mappable);
  if (settings.value && settings.max && *settings.value > *settings.max) {
    throw UsageError("--value is more than --max");
  }
  return settings;
}

}  // namespace ksem_tool

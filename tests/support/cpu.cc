// SPDX-License-Identifier: MIT
#include "tests/support/cpu.h"

#include <string>

namespace ksem_test {

Errno SetCpuOnline(int cpu, bool online) {
  const std::string path =
      "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/online";
  if (ReadOrFail(path) == (online ? "1\n" : "0\n")) return 0;
  return WriteFile(path, online ? "1" : "0");
}

}  // namespace ksem_test

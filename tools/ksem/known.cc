// SPDX-License-Identifier: MIT
#include "tools/ksem/known.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_tool {

Known ask_what_is_known(int handle) {
  ksem_ioc_info info = {};
  if (ioctl(handle, KSEM_IOC_INFO, &info) < 0) {
    throw std::system_error(errno, std::generic_category(), "ioctl");
  }
  return {{(info.flags & KSEM_INFO_RECORD) != 0,
           static_cast<unsigned>(info.pid), info.op_time},
          (info.flags & KSEM_INFO_UNDO) != 0};
}

std::size_t count_blocked(int waiters, const std::vector<ksem::Waiter>& told) {
  return std::max(static_cast<std::size_t>(waiters), told.size());
}

}  // namespace ksem_tool

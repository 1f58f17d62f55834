// SPDX-License-Identifier: MIT
#include "tools/ksem/blocked.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>
#include <system_error>

#include "kernel/include/uapi/linux/ksem.h"

namespace ksem_tool {
namespace {

template <typename Request>
void ask(int handle, unsigned long command, Request& request) {
  if (ioctl(handle, command, &request) < 0) {
    throw std::system_error(errno, std::generic_category(), "ioctl");
  }
}

const char* name_of_way(unsigned way) {
  constexpr const char* kNames[] = {"wait", "any", "all", "callback"};
  return way < std::size(kNames) ? kNames[way] : "unknown";
}

}  // namespace

Blocked ask_who_is_blocked(int handle) {
  ksem_ioc_waiter waiters[KSEM_WAITERS_MAX] = {};
  ksem_ioc_waiters request = {};
  request.waiters = reinterpret_cast<std::uintptr_t>(waiters);
  request.nr = KSEM_WAITERS_MAX;
  request.waiter_size = sizeof(waiters[0]);
  ask(handle, KSEM_IOC_WAITERS, request);
  // The two are of two moments.
  Blocked blocked = {std::max(request.total, request.nr), {}};
  for (const ksem_ioc_waiter& told : std::span(waiters, request.nr)) {
    blocked.first.push_back(
        {told.pid, told.tid, told.units, told.ns, name_of_way(told.way),
         (told.flags & KSEM_WAITER_KERNEL) != 0, told.comm});
  }
  return blocked;
}

Known ask_what_is_known(int handle) {
  ksem_ioc_info info = {};
  ask(handle, KSEM_IOC_INFO, info);
  return {info.id,
          {(info.flags & KSEM_INFO_RECORD) != 0,
           static_cast<unsigned>(info.pid), info.op_time},
          (info.flags & KSEM_INFO_UNDO) != 0};
}

}  // namespace ksem_tool

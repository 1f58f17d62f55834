// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/values.h"

#include <errno.h>
#include <stdint.h>

#include "fsclient/sysv/src/limits.h"

namespace ksem_sysv {
namespace {

bool Look(const Use& set, unsigned member, ksem_ioc_member* now) {
  now->index = member;
  return set.Ask(KSEM_IOC_MEMBER, now);
}

int Values(const Use& set, unsigned long request, unsigned first, unsigned nr,
           const unsigned short* values) {
  ksem_ioc_values all = {};
  all.values = reinterpret_cast<uintptr_t>(values);
  all.first = first;
  all.nr = nr;
  return set.Ask(request, &all) ? 0 : -1;
}

}  // namespace

int GetValue(const Use& set, unsigned member) {
  ksem_ioc_member now = {};
  return Look(set, member, &now) ? static_cast<int>(now.value) : -1;
}

int GetWaitersForUnits(const Use& set, unsigned member) {
  ksem_ioc_member now = {};
  return Look(set, member, &now) ? static_cast<int>(now.for_units) : -1;
}

int GetWaitersForZero(const Use& set, unsigned member) {
  ksem_ioc_member now = {};
  return Look(set, member, &now) ? static_cast<int>(now.for_zero) : -1;
}

int GetProcess(const Use& set, unsigned member) {
  ksem_ioc_member now = {};
  return Look(set, member, &now) ? now.pid : -1;
}

int SetValue(const Use& set, unsigned member, int value) {
  if (member >= set.size()) {
    errno = EINVAL;
    return -1;
  }
  const auto single = static_cast<unsigned short>(value);
  return Values(set, KSEM_IOC_SET_VALUES, member, 1, &single);
}

int GetAll(const Use& set, unsigned short* values) {
  return Values(set, KSEM_IOC_GET_VALUES, 0, set.size(), values);
}

int SetAll(const Use& set, const unsigned short* values) {
  return Values(set, KSEM_IOC_SET_VALUES, 0, set.size(), values);
}

}  // namespace ksem_sysv

// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/name.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "fsclient/preload/src/variable.h"
#include "fsclient/sysv/src/limits.h"

namespace ksem_sysv {
namespace {

constexpr unsigned kDigits = 8;

constinit ksem_preload::Variable prefix("KSEM_SYSV_PREFIX");

[[gnu::constructor]] void ReadPrefix() { prefix.Get(); }

bool NameNumber(const char* kind, unsigned number, Name* name) {
  *name = Name();
  name->Add(prefix.Get()).Add(kind).AddHex(number, kDigits);
  if (strchr(name->c_str(), '/') == nullptr &&
      !NameMember(*name, kMaxMembers).overflown()) {
    return true;
  }
  errno = EINVAL;
  return false;
}

}  // namespace

bool NameSet(key_t key, Name* name) { return NameNumber("sysv-", key, name); }

bool NamePrivateSet(Name* name) {
  unsigned number;
  // Nobody's secret: also before the kernel has gathered enough for those.
  if (getrandom(&number, sizeof(number), GRND_INSECURE) != sizeof(number)) {
    return false;
  }
  return NameNumber("sysv-private-", number, name);
}

Name NameMember(const Name& set, unsigned member) {
  Name name = set;
  name.Add(".").Add(member);
  return name;
}

}  // namespace ksem_sysv

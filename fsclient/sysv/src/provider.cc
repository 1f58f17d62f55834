// SPDX-License-Identifier: MIT
#include "fsclient/sysv/src/provider.h"

namespace ksem_sysv {
namespace {

constinit ksem_preload::ProviderChoice choice("KSEM_SYSV_MODE");

[[gnu::constructor]] void ReadMode() { choice.ReadMode(); }

}  // namespace

ksem_preload::Provider ChooseProvider() { return choice.Get(); }

}  // namespace ksem_sysv

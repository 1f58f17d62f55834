// SPDX-License-Identifier: MIT
#include "fsclient/posix/src/provider.h"

namespace ksem_posix {
namespace {

constinit ksem_preload::ProviderChoice choice("KSEM_POSIX_MODE");

[[gnu::constructor]] void ReadMode() { choice.ReadMode(); }

}  // namespace

ksem_preload::Provider ChooseProvider() { return choice.Get(); }

}  // namespace ksem_posix

// SPDX-License-Identifier: MIT
#include "ksem/units.h"

#include <exception>

namespace ksem {

Units::~Units() {
  try {
    release();
  } catch (const std::exception&) {
    // Shut down or removed: nobody misses them.
  }
}

}  // namespace ksem

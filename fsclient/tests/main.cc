// SPDX-License-Identifier: MIT
// All tests are for both ways to a semaphore: --via=handle or --via=files.
#include <cstdio>
#include <string_view>

#include "fsclient/tests/support.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::string_view via = argc == 2 ? argv[1] : "";
  if (via == "--via=handle") {
    ksem::set_via(ksem::Via::kHandle);
  } else if (via == "--via=files") {
    ksem::set_via(ksem::Via::kFiles);
  } else {
    std::fputs("--via=handle or --via=files is missing\n", stderr);
    return 2;
  }
  return RUN_ALL_TESTS();
}

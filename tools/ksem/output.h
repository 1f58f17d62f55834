// SPDX-License-Identifier: MIT
// Standard output of a program that has its signals blocked, and looks at them
// itself.
#ifndef TOOLS_KSEM_OUTPUT_H_
#define TOOLS_KSEM_OUTPUT_H_

#include <chrono>
#include <string>

#include "tools/ksem/failure.h"
#include "tools/ksem/signals.h"

namespace ksem_tool {

constexpr char kStandardOutput[] = "standard output";

struct NoReader : Failure {
  NoReader();
};

// Writes the text, and takes away from it what is written.  Waits for the
// reader, but no longer than for a signal: returns that, or 0.  Throws Failure;
// NoReader if nobody reads any more.
int print(std::string& text, const Signals& signals);

// The same without waiting: returns false if something is left.
bool print_at_once(std::string& text);

// Waits so long, or until nobody reads standard output any more.
bool reader_leaves(std::chrono::milliseconds patience);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_OUTPUT_H_

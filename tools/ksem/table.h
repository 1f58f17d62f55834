// SPDX-License-Identifier: MIT
// The board as a table for people.
#ifndef TOOLS_KSEM_TABLE_H_
#define TOOLS_KSEM_TABLE_H_

#include <string>
#include <string_view>

#include "tools/ksem/board.h"
#include "tools/ksem/screen.h"
#include "tools/ksem/view.h"

namespace ksem_tool {

// Lines for a screen of that size, none too many and, unless it is very narrow,
// none too long.  The last has no line break.
std::string draw_table(const Board& board, View& view, std::string_view heading,
                       std::string_view keys, Screen::Size size, bool colour);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_TABLE_H_

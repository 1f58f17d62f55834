// SPDX-License-Identifier: MIT
// Names as people and shells read them.
#ifndef TOOLS_KSEM_TEXT_H_
#define TOOLS_KSEM_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace ksem_tool {

// Does the user's locale show UTF-8?  The locale is not loaded before anybody
// asks, as most commands need none.
bool shows_utf8();

// The name with everything a terminal would act on, or could not show, as
// \n, \t, \\ or \xHH.  One line always, and no two names look alike.
std::string printable(std::string_view name);

// How many terminal cells printable text takes.
std::size_t cells(std::string_view printable_text);

// At most `width` cells of it, with a mark at the end if something was cut.
std::string shorten(std::string_view printable_text, std::size_t width);

// As a word to type in a shell.
std::string shell_word(std::string_view name);

// The same for a command's NAME, behind a -- if it looks like an option.
std::string name_word(std::string_view name);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_TEXT_H_

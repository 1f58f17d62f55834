// SPDX-License-Identifier: MIT
// What can be known of a program before it is executed.
#ifndef TOOLS_KSEM_PROGRAM_H_
#define TOOLS_KSEM_PROGRAM_H_

#include <string>
#include <vector>

namespace ksem_tool {

// Where execvp() would find it; the word itself if it would not.
std::string find_program(const std::string& word);

// Why `library` can't be preloaded into the program that words[0] is, found as
// `program`; or into the interpreter of the script it is, or into the program
// that it loads if it is the dynamic loader: "FILE is …".  Empty if nothing is
// known against it.
std::string not_preloadable(const std::string& program,
                            const std::vector<std::string>& words,
                            const std::string& library);

// A library that the program is linked with and that has to come before all
// others, as that of AddressSanitizer; empty if there is none.
std::string to_come_first(const std::string& program);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_PROGRAM_H_

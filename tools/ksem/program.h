// SPDX-License-Identifier: MIT
// What can be known of a program before it is executed.
#ifndef TOOLS_KSEM_PROGRAM_H_
#define TOOLS_KSEM_PROGRAM_H_

#include <string>

namespace ksem_tool {

// Where execvp() would find it; the word itself if it would not.
std::string find_program(const std::string& word);

// Why `library` can't be preloaded into it, or into the interpreter of the
// script it is: "FILE is …".  Empty if nothing is known against it.
std::string not_preloadable(const std::string& program,
                            const std::string& library);

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_PROGRAM_H_

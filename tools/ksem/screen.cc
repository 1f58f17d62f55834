// SPDX-License-Identifier: MIT
#include "tools/ksem/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "tools/ksem/failure.h"
#include "tools/ksem/output.h"

namespace ksem_tool {
namespace {

// The other page, no cursor, no line breaks of the terminal's own; and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";
constexpr std::string_view kTopLeft = "\033[H";
constexpr std::string_view kClearLine = "\033[K";
constexpr std::string_view kClearBelow = "\033[J";

}  // namespace

bool has_screen() {
  const char* const term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && term && *term &&
         std::string_view(term) != "dumb";
}

Screen::Screen() : has_keys_(tcgetattr(STDIN_FILENO, &before_) == 0) {
  enter();
}

Screen::~Screen() { leave(); }

void Screen::enter() {
  if (has_keys_) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    // Ctrl-S would stop our output, and us with it, deaf to any signal.
    keys.c_iflag &= ~static_cast<tcflag_t>(IXON);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  unwritten_ = kEnter;
}

// A slow terminal has a second to take it.
void Screen::leave() {
  constexpr int kPatience = 1000;
  unwritten_.clear();
  next_.clear();
  std::string text(kLeave);
  pollfd output = {STDOUT_FILENO, POLLOUT, 0};
  try {
    while (!print_at_once(text) && poll(&output, 1, kPatience) > 0) {
    }
  } catch (const Failure&) {  // hung up
  }
  if (has_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

Screen::Size Screen::size() {
  winsize size = {};
  // A serial line knows of no size.
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row ||
      !size.ws_col) {
    return {24, 80};
  }
  return {size.ws_row, size.ws_col};
}

// Nothing is wiped before it is written anew: no flicker.
void Screen::show(const std::string& lines) {
  std::string frame(kTopLeft);
  for (const char c : lines) {
    if (c == '\n') frame += kClearLine;
    frame += c;
  }
  frame += kClearBelow;
  next_ = std::move(frame);
  flush();
}

bool Screen::flush() {
  while (print_at_once(unwritten_)) {
    if (next_.empty()) return true;
    unwritten_ = std::exchange(next_, {});
  }
  return false;
}

int Screen::byte(int patience_ms) {
  pollfd input = {keys(), POLLIN, 0};
  if (poll(&input, 1, patience_ms) <= 0) return 0;
  unsigned char byte = 0;
  if (read(STDIN_FILENO, &byte, 1) != 1) has_keys_ = false;  // hung up
  return byte;
}

int Screen::key() {
  const int key = byte(0);
  return key == '\033' ? sequence() : key;
}

// What follows an escape, as "[A" or "[5~".  The key of that name sends nothing
// more.
int Screen::sequence() {
  constexpr int kPatience = 50;
  const int kind = byte(kPatience);
  if (kind == 0) return kEscape;
  if (kind != '[' && kind != 'O') return kUnknown;
  int number = 0;
  int last = byte(kPatience);
  for (; last >= '0' && last <= ';'; last = byte(kPatience)) {
    number = (number * 10 + last - '0') % 1000;
  }
  switch (last) {
    case 'A':
      return kUp;
    case 'B':
      return kDown;
    case 'H':
      return kHome;
    case 'F':
      return kEnd;
    case '~':
      break;
    default:
      return kUnknown;
  }
  switch (number) {
    case 1:
    case 7:
      return kHome;
    case 4:
    case 8:
      return kEnd;
    case 5:
      return kPageUp;
    case 6:
      return kPageDown;
    default:
      return kUnknown;
  }
}

}  // namespace ksem_tool

// SPDX-License-Identifier: MIT
// The terminal, while it shows a picture instead of lines.
#ifndef TOOLS_KSEM_SCREEN_H_
#define TOOLS_KSEM_SCREEN_H_

#include <termios.h>
#include <unistd.h>

#include <string>

namespace ksem_tool {

// Standard output is a terminal that can move its cursor.
bool has_screen();

// While it lives, the terminal has another page up, its cursor hidden and its
// keys unechoed; what was there comes back afterwards.
class Screen {
 public:
  struct Size {
    int rows;
    int columns;
  };

  Screen();
  ~Screen();

  // leave() for a while and enter() again; enter() twice does no harm.
  void enter();
  void leave();

  static Size size();

  // Lines, in place of those that are there.  Doesn't wait for the terminal to
  // take them: the newest that it hasn't taken are kept for flush().
  void show(const std::string& lines);
  // False if the terminal still doesn't take all.
  bool flush();

  // To wait for keys on; -1 if there is no keyboard.
  int keys() const { return has_keys_ ? STDIN_FILENO : -1; }
  // A character, or one of these; 0 if there was none.
  enum Key {
    kUp = 0x100,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEscape,
    kUnknown
  };
  int key();

 private:
  int byte(int patience_ms);
  int sequence();

  termios before_;
  bool has_keys_;
  std::string unwritten_;
  std::string next_;  // when that is written
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_SCREEN_H_

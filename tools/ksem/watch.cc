// SPDX-License-Identifier: MIT
// watch: the semaphores as they change.  Reads their values and settings,
// never a file that takes units.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>

#include "tools/ksem/board.h"
#include "tools/ksem/cli.h"
#include "tools/ksem/explain.h"
#include "tools/ksem/failure.h"
#include "tools/ksem/fd.h"
#include "tools/ksem/number.h"
#include "tools/ksem/output.h"
#include "tools/ksem/screen.h"
#include "tools/ksem/signals.h"
#include "tools/ksem/table.h"
#include "tools/ksem/text.h"
#include "tools/ksem/view.h"

namespace ksem_tool {
namespace {

constexpr VerbHelp kWatch = {
    "watch", "[-i DURATION] [NAME…]", "See values and waiters change",
    R"(On a terminal, a table that stays in place: value and waiters, how they
have changed since the look before, and their trends.  The last bar is now, the
highest bar the highest number.  STUCK appears when somebody has waited for
three seconds and nobody has got a unit meanwhile.

  s              sort by name, by waiters, by value
  /TEXT Enter    show names with TEXT only; Esc: all again
  arrows, PgUp, PgDn, Home, End (k, j, space, g, G)
                 scroll
  q, Ctrl-C      end it

Elsewhere, or with TERM=dumb, a line for each semaphore to begin with, and then
one for each that has changed:

  NAME value V max M waiters W order ORDER [shutdown]
  NAME gone

It looks again each DURATION (half a second unless told), takes no unit, and
does not see what comes and goes between two looks.  With no NAME it shows all.

  ksem watch
  ksem watch build -i 2s
  ksem watch build | grep --line-buffered 'value 0 '

Exit status: 0 ended by q, or nobody reads its output any more; 2 failed.
)"};

using Milliseconds = std::chrono::milliseconds;

sigset_t screen_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH}) {
    sigaddset(&set, signal);
  }
  return set;
}

bool quits(int key) { return key == 'q' || key == 'Q' || key == '\x04'; }

// How often a terminal that takes no output is asked whether it does.
constexpr Milliseconds kBusy(50);

// Nothing when it is time for the next look; or what ends it, a signal or, if
// that is 0, a key.
std::optional<int> pass_time(Screen& screen, View& view, const Signals& signals,
                             Clock::time_point until, const auto& draw) {
  for (;;) {
    const auto info = signals.next(
        screen.flush() ? until : std::min(until, Clock::now() + kBusy),
        screen.keys());
    switch (info.ssi_signo) {
      case 0:
        while (const int key = screen.key()) {
          if (view.press(key)) {
            draw();
          } else if (quits(key)) {
            return 0;
          }
        }
        if (Clock::now() >= until) return std::nullopt;
        break;
      case SIGTSTP:
        screen.leave();
        stop_here();
        [[fallthrough]];
      case SIGCONT:
        screen.enter();
        [[fallthrough]];
      case SIGWINCH:
        draw();
        break;
      default:
        return static_cast<int>(info.ssi_signo);
    }
  }
}

int watch_screen(Board& board, Milliseconds interval,
                 const std::string& heading) {
  const bool colour = !std::getenv("NO_COLOR");
  std::optional<int> end;
  {
    Signals signals(screen_signals());
    Screen screen;
    View view;
    const auto draw = [&] {
      const bool has_keys = screen.keys() >= 0;
      screen.show(
          draw_table(board, view, heading,
                     has_keys ? "s: sort, /: filter, q: quit" : "Ctrl-C: quit",
                     Screen::size(), colour));
    };
    while (!end) {
      board.look();
      draw();
      end = pass_time(screen, view, signals, Clock::now() + interval, draw);
    }
  }
  return *end ? die_of(*end) : kDone;
}

std::string changes(const Board& board) {
  std::string lines;
  for (const auto& [name, row] : board.rows()) {
    if (!row.changed()) continue;
    lines += printable(name);
    if (row.now) {
      lines += " value " + std::to_string(row.now->value) + " max " +
               std::to_string(row.now->max) + " waiters " +
               std::to_string(row.now->waiters) + " order " +
               order_name(row.now->order) +
               (row.now->shutdown ? " shutdown\n" : "\n");
    } else {
      lines += " gone\n";
    }
  }
  return lines;
}

int watch_lines(Board& board, Milliseconds interval) {
  std::signal(SIGPIPE, SIG_IGN);
  do {
    board.look();
    if (!write_all(STDOUT_FILENO, changes(board))) {
      if (errno == EPIPE) break;
      throw Failure(errno, kStandardOutput);
    }
  } while (!reader_leaves(interval));
  return kDone;
}

int watch(const std::string& interval_text, const Words& names) {
  using namespace std::chrono_literals;
  const auto interval = std::chrono::floor<Milliseconds>(
      parse_duration("--interval", interval_text));
  if (interval < 10ms || interval > 24h) {
    throw UsageError("--interval " + interval_text +
                     ": give 10ms to 24h, as 250ms or 2s");
  }
  return attempt("watch", "", [&] {
    Board board(names);
    if (!has_screen()) return watch_lines(board, interval);
    return watch_screen(board, interval, "ksem watch, every " + interval_text);
  });
}

}  // namespace

void add_watch_verb(Cli& cli) {
  const auto interval = std::make_shared<std::string>("500ms");
  CLI::App* const verb = cli.add_verb(kWatch, [interval](const Words& words) {
    return watch(*interval, words);
  });
  add_text(verb, "-i,--interval", *interval, "DURATION",
           "Look again so often, 500ms unless told");
}

}  // namespace ksem_tool

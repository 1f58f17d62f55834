// SPDX-License-Identifier: MIT
// ksem at a terminal: watch's table, and the keys that signal.
#include "tools/ksem/tests/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ksem/semaphore.h"

namespace {

using ksem::Semaphore;

const std::string kEnter = "\033[?1049h";
const std::string kLeave = "\033[?1049l";
const std::string kCtrlC = "\x03", kCtrlZ = "\x1a", kCtrlBackslash = "\x1c";

std::string Text(const Terminal::Words& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// One semaphore of that name, gone again at the end.
class Made {
 public:
  explicit Made(const std::string& name, int value = 0, int max = ksem::kMax)
      : sem_(Semaphore::create(name, value, max)) {}
  ~Made() {
    EXPECT_TRUE(Soon([&] { return sem_.waiters() == 0; }));
    Semaphore::remove(sem_.name());
  }
  Semaphore* operator->() { return &sem_; }

 private:
  Semaphore sem_;
};

Terminal::Words Watching(const Terminal::Words& more = {}) {
  Terminal::Words words = {"env", "TERM=xterm", "ksem", "watch", "-i", "50ms"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Until a frame has that text.
bool Draws(Terminal& terminal, const std::string& text) {
  return Soon(
      [&] { return Text(terminal.Frame()).find(text) != std::string::npos; });
}

TEST(Watch, ShowsEachWithItsNumbers) {
  Made door("door", 3, 7);
  Terminal terminal(Watching());
  EXPECT_TRUE(Draws(terminal, "door"));
  const Terminal::Words frame = terminal.Frame();
  ASSERT_EQ(frame.size(), 3U);
  EXPECT_TRUE(frame[1].starts_with("NAME  VALUE"));
  EXPECT_TRUE(frame[2].starts_with("door      3"));
  EXPECT_NE(frame[2].find(" 7  "), std::string::npos);
  EXPECT_NE(frame[2].find("fifo"), std::string::npos);
  EXPECT_FALSE(terminal.Cooked());
}

TEST(Watch, ShowsHowTheyMove) {
  Made door("door");
  Terminal terminal(Watching());
  EXPECT_TRUE(Draws(terminal, "new"));
  door->release(3);
  EXPECT_TRUE(terminal.Shows("+3"));
  door->acquire(2);
  EXPECT_TRUE(terminal.Shows("-2"));
  // No UTF-8 in this locale.  One of three is a third of the height.
  EXPECT_TRUE(Draws(terminal, "_#"));
  EXPECT_TRUE(Draws(terminal, "#~"));
}

TEST(Watch, ShowsThemComeAndGo) {
  Terminal terminal(Watching());
  EXPECT_TRUE(Draws(terminal, "no semaphores yet"));
  {
    Made door("door");
    EXPECT_TRUE(Draws(terminal, "door"));
  }
  EXPECT_TRUE(Draws(terminal, "door  gone"));
  EXPECT_TRUE(Draws(terminal, "no semaphores yet"));
}

TEST(Watch, WaitsForTheNamed) {
  Made other("other");
  Terminal terminal(Watching({"door"}));
  EXPECT_TRUE(Draws(terminal, "door  not there"));
  Made door("door");
  EXPECT_TRUE(Draws(terminal, "door      0"));
  EXPECT_EQ(Text(terminal.Frame()).find("other"), std::string::npos);
}

TEST(Watch, OpensNothingThatTakesUnits) {
  Made door("door", 5);
  const int events = inotify_init1(IN_NONBLOCK);
  ASSERT_GE(
      inotify_add_watch(events, (ksem::root() + "/door").c_str(), IN_OPEN), 0);
  Terminal terminal(Watching());
  EXPECT_TRUE(Draws(terminal, "door"));

  std::set<std::string> opened;
  alignas(inotify_event) char some[4096];
  const ssize_t size = read(events, some, sizeof(some));
  for (ssize_t at = 0; at < size;) {
    const auto* event = reinterpret_cast<const inotify_event*>(some + at);
    if (event->len) opened.insert(event->name);
    at += static_cast<ssize_t>(sizeof(*event) + event->len);
  }
  EXPECT_EQ(opened, (std::set<std::string>{"value", "max", "waiters", "order",
                                           "fair", "shutdown"}));
  close(events);
}

TEST(Watch, FitsTheWindow) {
  std::vector<std::unique_ptr<Made>> many;
  many.reserve(20);
  for (int i = 0; i < 20; i++) {
    many.push_back(std::make_unique<Made>("a-rather-long-name-of-semaphore-" +
                                          std::to_string(i)));
  }
  Terminal terminal(Watching(), 30, 120);
  EXPECT_TRUE(Draws(terminal, "semaphore-19"));
  EXPECT_EQ(terminal.Frame().size(), 22U);
  EXPECT_TRUE(Draws(terminal, "____"));  // a trend

  terminal.Clear();
  terminal.Resize(8, 70);
  EXPECT_TRUE(Draws(terminal, "1-5 of 20; arrows"));
  const Terminal::Words frame = terminal.Frame();
  EXPECT_EQ(frame.size(), 8U);
  for (const std::string& line : frame) EXPECT_LT(line.size(), 70U) << line;

  terminal.Clear();
  terminal.Resize(1, 1);
  EXPECT_TRUE(terminal.Shows("\033[H\033[J"));  // there is no room for any
}

// The names of the semaphores that are shown.
Terminal::Words Names(Terminal& terminal) {
  Terminal::Words names;
  const Terminal::Words frame = terminal.Frame();
  for (std::size_t i = 2; i < frame.size(); i++) {
    names.push_back(frame[i].substr(0, frame[i].find(' ')));
  }
  return names;
}

bool ShowsNames(Terminal& terminal, const Terminal::Words& names) {
  const bool shown = Soon([&] { return Names(terminal) == names; });
  if (!shown) ADD_FAILURE() << Text(terminal.Frame());
  return shown;
}

TEST(Watch, Scrolls) {
  std::vector<std::unique_ptr<Made>> many;
  for (int i = 1; i <= 10; i++) {
    many.push_back(std::make_unique<Made>("s" + std::to_string(i)));
  }
  Terminal terminal(Watching(), 6, 100);  // three of ten
  EXPECT_TRUE(ShowsNames(terminal, {"s1", "s2", "s3", "1-3"}));
  for (const auto& [keys, first] : {std::pair("\033[B", 2),
                                    {"j", 3},
                                    {"\033OA", 2},
                                    {"k", 1},
                                    {"k", 1},
                                    {"\033[6~", 4},
                                    {" ", 7},
                                    {" ", 8},
                                    {"\033[5~", 5},
                                    {"\033[F", 8},
                                    {"\033[B", 8},
                                    {"\033[H", 1},
                                    {"G", 8},
                                    {"g", 1}}) {
    SCOPED_TRACE(keys);
    terminal.Type(keys);
    const auto name = [&](int i) { return "s" + std::to_string(first + i); };
    ASSERT_TRUE(ShowsNames(
        terminal, {name(0), name(1), name(2),
                   std::to_string(first) + "-" + std::to_string(first + 2)}));
  }
  // When there are fewer, the end isn't blank.
  terminal.Type("G");
  EXPECT_TRUE(ShowsNames(terminal, {"s8", "s9", "s10", "8-10"}));
  many.resize(2);
  EXPECT_TRUE(ShowsNames(terminal, {"s1", "s2"}));
}

TEST(Watch, SortsAndFilters) {
  Made a2("a2", 5), a10("a10", 0), b1("b1", 3);
  std::jthread waiter(
      [&](std::stop_token stop) { return b1->acquire(stop, 9); });
  EXPECT_TRUE(Soon([&] { return b1->waiters() == 1; }));
  Terminal terminal(Watching());
  EXPECT_TRUE(ShowsNames(terminal, {"a2", "a10", "b1"}));
  terminal.Type("s");
  EXPECT_TRUE(Draws(terminal, "by waiters"));
  EXPECT_TRUE(ShowsNames(terminal, {"b1", "a2", "a10"}));
  terminal.Type("s");
  EXPECT_TRUE(Draws(terminal, "by value"));
  EXPECT_TRUE(ShowsNames(terminal, {"a10", "b1", "a2"}));
  terminal.Type("s");
  EXPECT_TRUE(ShowsNames(terminal, {"a2", "a10", "b1"}));
  // What is typed is text then, also q and s.
  terminal.Type("/qs");
  EXPECT_TRUE(Draws(terminal, "with 'qs_'"));
  EXPECT_TRUE(Draws(terminal, "none of that name"));
  terminal.Type(
      "\x7f\x7f"
      "a");
  EXPECT_TRUE(ShowsNames(terminal, {"a2", "a10"}));
  terminal.Type("1\n");
  EXPECT_TRUE(ShowsNames(terminal, {"a10"}));
  EXPECT_TRUE(Draws(terminal, "with 'a1';"));
  terminal.Type("\033");
  EXPECT_TRUE(ShowsNames(terminal, {"a2", "a10", "b1"}));
  waiter.request_stop();
  waiter.join();
  terminal.Type("q");
  EXPECT_EQ(terminal.NextStatus(), 0);
}

// README.md shows it.
constexpr char kScreenshot[] = R"(
ksem watch, every 50ms; by name; s: sort, /: filter, q: quit
NAME   VALUE        MAX  WAITERS        ORDER     STUCK
build      4          4        0        fifo
lock       0          1        2        fifo         7s
s2         0          9        0        priority
s10       12         64        0        fifo
)";

TEST(Watch, HighlightsWhoIsStuck) {
  Made build("build", 4, 4), lock("lock", 0, 1), s10("s10", 12, 64);
  Made s2("s2", 0, 9);
  s2->set_order(ksem::Order::kPriority);
  std::vector<std::jthread> waiters;
  for (int i = 0; i < 2; i++) {
    waiters.emplace_back(
        [&](std::stop_token stop) { return lock->acquire(stop); });
  }
  EXPECT_TRUE(Soon([&] { return lock->waiters() == 2; }));
  Terminal terminal(Watching(), 24, 64);
  EXPECT_TRUE(terminal.Shows("\033[1;41m"));
  std::string shown;
  EXPECT_TRUE(Soon([&] {
    shown = "\n" + Text(terminal.Frame());
    shown = std::regex_replace(shown, std::regex(" [ 0-9]{5}s\n"), "     7s\n");
    shown = std::regex_replace(shown, std::regex(" +\n"), "\n");
    return shown == kScreenshot;
  })) << shown;
  lock->release();
  EXPECT_TRUE(Soon([&] { return lock->waiters() == 1; }));
  lock->release();
  EXPECT_TRUE(Soon([&] {
    const std::string now = Text(terminal.Frame());
    return now.find("lock") != std::string::npos &&
           now.find("STUCK") == std::string::npos;
  }));
}

void ExpectEndedBy(Terminal& terminal, int signal) {
  const int status = terminal.NextStatus();
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), signal);
  EXPECT_TRUE(terminal.output().ends_with(kLeave));
  EXPECT_TRUE(terminal.SameAsBefore());
}

TEST(Watch, ShowsAShutdown) {
  Made door("door");
  door->shutdown();
  Terminal terminal(Watching());
  EXPECT_TRUE(terminal.Shows("shutdown"));
}

TEST(Watch, WithoutAKeyboardOffersNoKeys) {
  Terminal terminal(
      {"sh", "-c", "exec env TERM=xterm ksem watch -i 50ms </dev/null"});
  EXPECT_TRUE(terminal.Shows("; Ctrl-C: quit"));
  terminal.Type(kCtrlC);
  ExpectEndedBy(terminal, SIGINT);
}

TEST(Watch, EndsByKey) {
  for (const char* key : {"q", "Q", "\x04"}) {
    Terminal terminal(Watching());
    EXPECT_TRUE(terminal.Shows(kEnter));
    EXPECT_TRUE(Soon([&] { return !terminal.Cooked(); }));
    terminal.Type("x\033[A");
    terminal.Type(key);
    EXPECT_EQ(terminal.NextStatus(), 0);
    EXPECT_TRUE(terminal.output().ends_with(kLeave));
    EXPECT_TRUE(terminal.SameAsBefore());
  }
}

TEST(Watch, EndsByKeysThatSignal) {
  for (const auto& [key, signal] :
       {std::pair(kCtrlC, SIGINT), {kCtrlBackslash, SIGQUIT}}) {
    Terminal terminal(Watching());
    EXPECT_TRUE(terminal.Shows("q: quit"));
    terminal.Type(key);
    ExpectEndedBy(terminal, signal);
  }
}

TEST(Watch, EndsBySignal) {
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    Terminal terminal(Watching());
    EXPECT_TRUE(terminal.Shows("q: quit"));
    terminal.Signal(signal);
    ExpectEndedBy(terminal, signal);
  }
}

TEST(Watch, EndsThoughTheTerminalTakesNothing) {
  for (void (Terminal::*jam)() : {&Terminal::Suspend, &Terminal::Fill}) {
    for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
      Terminal terminal(Watching());
      EXPECT_TRUE(terminal.Shows("q: quit"));
      (terminal.*jam)();
      terminal.Signal(signal);
      const int status = terminal.NextStatusUnread();
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
      EXPECT_TRUE(terminal.SameAsBefore());
    }
    Terminal terminal(Watching());
    EXPECT_TRUE(terminal.Shows("q: quit"));
    (terminal.*jam)();
    terminal.Type("q");
    EXPECT_EQ(terminal.NextStatusUnread(), 0);
    EXPECT_TRUE(terminal.SameAsBefore());
  }
}

TEST(Watch, GoesOnWhenTheTerminalDoes) {
  Terminal terminal(Watching());
  EXPECT_TRUE(terminal.Shows("q: quit"));
  terminal.Fill();
  Made door("door");
  terminal.Clear();
  EXPECT_TRUE(Draws(terminal, "door"));
}

TEST(Watch, StopsAndGoesOn) {
  Terminal terminal(Watching());
  EXPECT_TRUE(terminal.Shows("q: quit"));
  for (int i = 0; i < 2; i++) {
    terminal.Type(kCtrlZ);
    EXPECT_TRUE(WIFSTOPPED(terminal.NextStatus()));
    EXPECT_TRUE(terminal.output().ends_with(kLeave));
    EXPECT_TRUE(terminal.SameAsBefore());
    terminal.Clear();
    terminal.Signal(SIGCONT);
    EXPECT_TRUE(terminal.Shows(kEnter));
    EXPECT_TRUE(terminal.Shows("q: quit"));
    EXPECT_FALSE(terminal.Cooked());
  }
  terminal.Type("q");
  EXPECT_EQ(terminal.NextStatus(), 0);
  EXPECT_TRUE(terminal.SameAsBefore());
}

TEST(Watch, IsDrawnAnewAfterAStopThatItDidNotSee) {
  Terminal terminal({"env", "TERM=xterm", "ksem", "watch", "-i", "1h"});
  EXPECT_TRUE(terminal.Shows("q: quit"));
  terminal.Signal(SIGSTOP);
  EXPECT_TRUE(WIFSTOPPED(terminal.NextStatus()));
  terminal.Clear();
  terminal.Signal(SIGCONT);
  EXPECT_TRUE(terminal.Shows("q: quit"));
}

TEST(Watch, HasColourOnlyWhereWanted) {
  Made door("door");
  Terminal colour(Watching());
  EXPECT_TRUE(colour.Shows("\033[32mdoor"));

  Terminal plain({"env", "TERM=xterm", "NO_COLOR=1", "ksem", "watch"});
  EXPECT_TRUE(Draws(plain, "door"));
  EXPECT_EQ(plain.output().find("\033[m"), std::string::npos);

  Terminal dumb({"env", "TERM=dumb", "ksem", "watch"});
  EXPECT_TRUE(dumb.Shows("door value 0"));
  EXPECT_EQ(dumb.output().find('\033'), std::string::npos);
  EXPECT_TRUE(dumb.SameAsBefore());
}

TEST(Run, CtrlCWhileWaitingTakesNothing) {
  Made door("door");
  Terminal terminal({"ksem", "run", "door", "--", "true"});
  EXPECT_TRUE(Soon([&] { return door->waiters() == 1; }));
  terminal.Type(kCtrlC);
  const int status = terminal.NextStatus();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_EQ(door->waiters(), 0);
  door->release();
  EXPECT_EQ(door->value(), 1);
}

TEST(Run, SaysWhatItWaitsForOnce) {
  Made door("door", 0, 3);
  Terminal terminal({"ksem", "run", "-n", "2", "door", "--", "echo", "done"});
  EXPECT_TRUE(terminal.Shows("to give up: Ctrl-C"));
  EXPECT_NE(terminal.output().find("ksem run: waits for 2 units of door: value "
                                   "0, max 3\r\n"),
            std::string::npos);
  const std::size_t told = terminal.output().size();
  door->release(2);
  EXPECT_TRUE(terminal.Shows("done"));
  EXPECT_EQ(terminal.NextStatus(), 0);
  EXPECT_EQ(terminal.output().find("waits for", told), std::string::npos);
}

TEST(Run, CtrlZWhileWaiting) {
  Made door("door");
  Terminal terminal({"ksem", "run", "door", "--", "echo", "done"});
  EXPECT_TRUE(Soon([&] { return door->waiters() == 1; }));
  terminal.Type(kCtrlZ);
  EXPECT_TRUE(WIFSTOPPED(terminal.NextStatus()));
  terminal.Signal(SIGCONT);
  door->release();
  EXPECT_TRUE(terminal.Shows("done"));
  EXPECT_EQ(terminal.NextStatus(), 0);
  EXPECT_EQ(door->value(), 1);
}

TEST(Run, CtrlCEndsCommandAndKsem) {
  Made door("door", 1);
  Terminal terminal(
      {"ksem", "run", "door", "--", "sh", "-c", "echo ready; exec sleep 1000"});
  EXPECT_TRUE(terminal.Shows("ready"));
  terminal.Type(kCtrlC);
  const int status = terminal.NextStatus();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_EQ(door->value(), 1);
}

TEST(Run, CtrlCReachesTheCommandOnce) {
  Made door("door", 1);
  // The child says that it is there: a shell with a trap waits for its child
  // first, and one that comes after Ctrl-C would not end.
  const std::string script =
      "trap 'echo [caught]' INT; sh -c 'echo ready; exec sleep 1000'; "
      "read line; echo [$line]; exit 3";
  Terminal terminal({"ksem", "run", "door", "--", "sh", "-c", script});
  EXPECT_TRUE(terminal.Shows("ready"));
  terminal.Type(kCtrlC);
  EXPECT_TRUE(terminal.Shows("[caught]"));
  EXPECT_EQ(door->value(), 0);
  terminal.Type("hello\n");
  EXPECT_TRUE(terminal.Shows("[hello]"));
  const int status = terminal.NextStatus();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
  const std::string& output = terminal.output();
  EXPECT_EQ(output.find("[caught]"), output.rfind("[caught]"));
  EXPECT_EQ(door->value(), 1);
}

// After a login with a command there is no shell in front of it.
pid_t StartAsLeader(int slave, const char* script) {
  const pid_t leader = fork();
  if (leader != 0) return leader;
  setsid();
  ioctl(slave, TIOCSCTTY, 0);
  for (int fd = 0; fd < 3; fd++) dup2(slave, fd);
  execlp("ksem", "ksem", "run", "door", "--", "sh", "-c", script, nullptr);
  _exit(127);
}

TEST(Run, TheTerminalHangsUp) {
  for (const char* script : {"echo ready; exec sleep 1000",
                             "echo ready; kill -STOP $$; sleep 1000"}) {
    SCOPED_TRACE(script);
    Made door("door", 1);
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(master, 0);
    grantpt(master);
    unlockpt(master);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const pid_t leader = StartAsLeader(slave, script);
    close(slave);
    std::string said;
    char byte;
    while (!said.ends_with("ready") && read(master, &byte, 1) == 1) {
      said += byte;
    }
    EXPECT_EQ(door->value(), 0);
    close(master);
    int status = 0;
    EXPECT_EQ(waitpid(leader, &status, 0), leader);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP) << status;
    EXPECT_EQ(door->value(), 1);
  }
}

TEST(Run, CtrlZStopsCommandAndKsem) {
  Made door("door", 1);
  Terminal terminal({"ksem", "run", "door", "--", "sh", "-c",
                     "echo ready; read line; echo [$line]; exit 4"});
  EXPECT_TRUE(terminal.Shows("ready"));
  terminal.Type(kCtrlZ);
  EXPECT_TRUE(WIFSTOPPED(terminal.NextStatus()));
  EXPECT_EQ(door->value(), 0);
  terminal.Signal(SIGCONT);
  // The command reads the terminal.
  terminal.Type("hello\n");
  EXPECT_TRUE(terminal.Shows("[hello]"));
  EXPECT_EQ(WEXITSTATUS(terminal.NextStatus()), 4);
  EXPECT_EQ(door->value(), 1);
}

}  // namespace

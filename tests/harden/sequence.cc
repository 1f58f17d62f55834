// SPDX-License-Identifier: MIT
#include "tests/harden/sequence.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <sstream>

namespace ksem_test {
namespace {

const char* const kVerbNames[kVerbs] = {"mkdir", "rmdir",    "open",    "close",
                                        "read",  "write",    "request", "multi",
                                        "map",   "scribble", "poll"};

// Numbers at the edges of what is allowed, and of machine words.
const uint64_t kEdges[] = {0,
                           1,
                           2,
                           5,
                           63,
                           64,
                           65,
                           4095,
                           4096,
                           0x7ffffffe,
                           0x7fffffff,
                           0x80000000,
                           0xffffffff,
                           UINT64_C(0x500000003),
                           UINT64_C(0x7fffffff7fffffff),
                           UINT64_C(0x7fffffffffffffff),
                           UINT64_C(0x8000000000000000),
                           UINT64_C(0xffffffffffffffff)};

// What the files take, and what is nearly that.
const char* const kTexts[] = {"0",
                              "1",
                              "2\n",
                              "3",
                              "7",
                              "2147483647",
                              "2147483648",
                              "fifo",
                              "priority\n",
                              "1ms",
                              "0",
                              "1ms 2\n",
                              "0.5ms 1",
                              "300us 3",
                              "18446744073709551617",
                              "",
                              "-1",
                              "1 1",
                              "9223372036854775807ns"};

char HexDigit(unsigned value) { return "0123456789abcdef"[value % 16]; }

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '.' || c == ' ' || c == '-') {
      quoted += c;
    } else {
      quoted += {'\\', 'x', HexDigit(c / 16), HexDigit(c)};
    }
  }
  return quoted + "\"";
}

std::string Unquoted(const std::string& quoted) {
  std::string text;
  for (size_t i = 0; i < quoted.size(); i++) {
    if (quoted.compare(i, 2, "\\x") == 0 && i + 3 < quoted.size()) {
      text +=
          static_cast<char>(std::stoi(quoted.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else if (quoted[i] != '"') {
      text += quoted[i];
    }
  }
  return text;
}

uint64_t Number(Random* random) {
  switch (random->Below(8)) {
    case 0:
      return random->Next();
    case 1:
      return kEdges[random->Below(std::size(kEdges))];
    default:
      return random->Below(32);
  }
}

std::string Text(Random* random) {
  std::string text = kTexts[random->Below(std::size(kTexts))];
  switch (random->Below(16)) {
    case 0:
      text.insert(random->Below(text.size() + 1), 1, random->Below(256));
      break;
    case 1:
      if (!text.empty()) text[random->Below(text.size())] = random->Below(256);
      break;
    case 2:
      text += kTexts[random->Below(std::size(kTexts))];
      break;
    case 3:
      text.append(random->Below(5000), random->Below(2) ? '1' : '\n');
  }
  return text;
}

// Those that use what is there come more often than those that make and remove.
Verb AVerb(Random* random) {
  const uint64_t chosen = random->Below(2 * kVerbs);
  if (chosen < kVerbs) return static_cast<Verb>(chosen);
  constexpr Verb kUsing[] = {Verb::kOpen, Verb::kRead, Verb::kWrite,
                             Verb::kRequest, Verb::kMulti};
  return kUsing[random->Below(std::size(kUsing))];
}

Step AStep(Random* random) {
  Step step = {.verb = AVerb(random), .number = {}, .text = ""};
  for (uint64_t& number : step.number) number = Number(random);
  if (step.verb == Verb::kWrite) step.text = Text(random);
  return step;
}

}  // namespace

std::string ToText(const Sequence& sequence) {
  std::ostringstream out;
  for (const Step& step : sequence) {
    out << kVerbNames[static_cast<int>(step.verb)];
    for (const uint64_t number : step.number) out << ' ' << number;
    out << ' ' << Quoted(step.text) << '\n';
  }
  return out.str();
}

std::optional<Sequence> FromText(const std::string& text) {
  Sequence sequence;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string verb, quoted;
    Step step;
    words >> verb;
    for (uint64_t& number : step.number) words >> number;
    std::getline(words >> std::ws, quoted);
    const auto* found =
        std::find(std::begin(kVerbNames), std::end(kVerbNames), verb);
    if (found == std::end(kVerbNames) || quoted.empty()) return std::nullopt;
    step.verb = static_cast<Verb>(found - std::begin(kVerbNames));
    step.text = Unquoted(quoted);
    sequence.push_back(step);
  }
  return sequence;
}

uint64_t Random::Next() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return (state_ * UINT64_C(0x2545f4914f6cdd1d)) >> 1;
}

Sequence MakeSequence(Random* random) {
  Sequence sequence(8 + random->Below(32));
  for (Step& step : sequence) step = AStep(random);
  // Half begin as a program that means well does, and so get further: with a
  // device that is open and mapped.
  if (random->Below(2)) {
    const uint64_t name = random->Below(8);
    sequence[0] = {Verb::kMkdir, {name, Number(random), Number(random)}, ""};
    sequence[1] = {Verb::kOpen, {0, name, 31}, ""};
    sequence[2] = {Verb::kMap, {0, 1}, ""};
  }
  return sequence;
}

Sequence Mutate(Sequence sequence, Random* random) {
  for (uint64_t times = 1 + random->Below(4); times; times--) {
    const size_t at = random->Below(sequence.size() + 1);
    if (at == sequence.size() || random->Below(3) == 0) {
      if (sequence.size() < 100) {
        sequence.insert(sequence.begin() + at, AStep(random));
      }
    } else if (random->Below(3) == 0) {
      sequence.erase(sequence.begin() + at);
    } else {
      Step& step = sequence[at];
      step.number[random->Below(step.number.size())] = Number(random);
      if (step.verb == Verb::kWrite) step.text = Text(random);
    }
  }
  return sequence;
}

}  // namespace ksem_test

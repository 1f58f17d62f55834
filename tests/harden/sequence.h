// SPDX-License-Identifier: MIT
// What the fuzzer does, as text and at random: a sequence of steps, each a verb
// and numbers. Any number is fine, as a step takes it modulo what there is.
#ifndef KSEM_TESTS_HARDEN_SEQUENCE_H_
#define KSEM_TESTS_HARDEN_SEQUENCE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ksem_test {

// Numbers of each: see Machine.
enum class Verb {
  kMkdir,
  kRmdir,
  kOpen,
  kClose,
  kRead,
  kWrite,
  kRequest,
  kMulti,
  kMap,
  kScribble,
  kPoll
};
inline constexpr int kVerbs = 11;

struct Step {
  Verb verb = Verb::kMkdir;
  std::array<uint64_t, 7> number = {};
  std::string text;  // what is written
};

using Sequence = std::vector<Step>;

// One line a step: the verb, seven numbers, the text with escapes.
std::string ToText(const Sequence& sequence);
// Nothing if it isn't one. Lines that start with # are left out.
std::optional<Sequence> FromText(const std::string& text);

// xorshift64*: the same numbers everywhere for a seed.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed ? seed : 1) {}
  uint64_t Next();
  uint64_t Below(uint64_t n) { return Next() % n; }

 private:
  uint64_t state_;
};

Sequence MakeSequence(Random* random);
// A few steps of it changed, added or left out.
Sequence Mutate(Sequence sequence, Random* random);

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_SEQUENCE_H_

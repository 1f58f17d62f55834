// SPDX-License-Identifier: MIT
// Does the fuzzer's steps and judges what the kernel says to them.
#ifndef KSEM_TESTS_HARDEN_MACHINE_H_
#define KSEM_TESTS_HARDEN_MACHINE_H_

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/harden/sequence.h"

namespace ksem_test {

// The names that are made and removed; every thread uses the same.
const std::vector<std::string>& FuzzNames();

// What a file says; 0 if there is none.
uint64_t NumberIn(const std::string& path);

// What is wrong with the value that the kernel tells, if something is. Its
// looking makes the kernel go by its own ceiling.
std::optional<std::string> LookAtValue(const std::string& name);

// One thread's view: its descriptors and mappings are nobody else's, so what an
// errno can be is known.
class Machine {
 public:
  Machine() = default;
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // What is wrong with the answer, if something is.
  std::optional<std::string> Do(const Step& step);

 private:
  static constexpr int kSlots = 6;

  enum class Kind { kNone, kConfig, kDevice, kClass, kControl };
  struct Slot {
    int fd = -1;
    Kind kind = Kind::kNone;
    std::string name;
    size_t file = 0;       // which of the files of configfs
    void* page = nullptr;  // the mapping
  };

  Slot* SlotOf(uint64_t number) { return &slots_[number % kSlots]; }
  void Close(Slot* slot);

  std::optional<std::string> Mkdir(const Step& step);
  std::optional<std::string> Rmdir(const Step& step);
  std::optional<std::string> Open(const Step& step);
  std::optional<std::string> Read(const Step& step);
  std::optional<std::string> Write(const Step& step);
  std::optional<std::string> Request(const Step& step);
  std::optional<std::string> Multi(const Step& step);
  std::optional<std::string> Map(const Step& step);
  std::optional<std::string> Scribble(const Step& step);
  std::optional<std::string> Poll(const Step& step);

  std::array<Slot, kSlots> slots_;
};

}  // namespace ksem_test

#endif  // KSEM_TESTS_HARDEN_MACHINE_H_

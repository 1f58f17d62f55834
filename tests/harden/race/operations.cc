// SPDX-License-Identifier: MIT
#include "tests/harden/race/operations.h"

namespace ksem_test {
namespace {

size_t NumberOfRequests() {
  static const size_t number = RequestOperations().size();
  return number;
}

Deck MakeDeck(size_t first, size_t end) {
  Deck deck;
  for (size_t i = first; i < end; i++)
    deck.insert(deck.end(), Operations()[i].weight, static_cast<int>(i));
  return deck;
}

std::vector<Operation> Join() {
  std::vector<Operation> all;
  for (const auto& group :
       {FileOperations(), HandleOperations(), MultiOperations(),
        KernelOperations(), WildOperations(), RequestOperations()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

}  // namespace

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> all = Join();
  return all;
}

const Deck& Everything() {
  static const Deck deck =
      MakeDeck(0, Operations().size() - NumberOfRequests());
  return deck;
}

const Deck& Requests() {
  static const Deck deck =
      MakeDeck(Operations().size() - NumberOfRequests(), Operations().size());
  return deck;
}

}  // namespace ksem_test

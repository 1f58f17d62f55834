// SPDX-License-Identifier: MIT
#include "tools/ksem/nearest.h"

#include <algorithm>

namespace ksem_tool {
namespace {

// Letters inserted, left out or exchanged, or two neighbours that have changed
// places.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> least(
      a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); i++) {
    for (std::size_t j = 0; j <= b.size(); j++) {
      if (i == 0 || j == 0) {
        least[i][j] = i + j;
        continue;
      }
      const std::size_t exchanged =
          least[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      least[i][j] =
          std::min({exchanged, least[i - 1][j] + 1, least[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        least[i][j] = std::min(least[i][j], least[i - 2][j - 2] + 1);
      }
    }
  }
  return least[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word,
                    const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = std::max(word.size() / 2, std::size_t{1}) + 1;
  for (const std::string& each : known) {
    const std::size_t changes = distance(word, each);
    if (changes < least && changes < std::max(word.size(), each.size())) {
      least = changes;
      best = each;
    }
  }
  return best;
}

}  // namespace ksem_tool

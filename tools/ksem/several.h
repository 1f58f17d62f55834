// SPDX-License-Identifier: MIT
// Several semaphores in one step, which takes permission for their devices.
#ifndef TOOLS_KSEM_SEVERAL_H_
#define TOOLS_KSEM_SEVERAL_H_

#include <cstddef>
#include <vector>

#include "ksem/several.h"
#include "tools/ksem/portion.h"
#include "tools/ksem/take.h"

namespace ksem_tool {

class Several {
 public:
  // kGive is kAll, but for post(): it may name one twice.
  enum class Which { kAny, kAll, kGive };

  // Opens them.  This, and all else, throws an OfSemaphore that tells which one
  // an error is about.  With `undo`, what is taken comes back with the handles.
  Several(const std::vector<Portion>& portions, Which which, bool undo);
  Several(const Several&) = delete;
  Several& operator=(const Several&) = delete;

  // All, or any one of them.
  bool try_take();
  // False: stopped, or the time is up; nothing is taken.
  bool take(const std::stop_token& stop, const Until& until);
  // All of them or none.
  void post();

  const std::vector<ksem::Semaphore>& semaphores() const { return semaphores_; }

  // Which was taken, of any.
  const Portion& taken() const { return portions_[index_]; }

  // Gives back what was taken, each for itself: one that is shut down or full
  // keeps nobody from the others.  Then throws the first error.
  void give_back();

  // A command that is executed has the handles, too.
  void let_inherit();

  Wanted wanted();

 private:
  // Whether a wait for any took one, which is the one then.
  bool took(const std::optional<std::size_t>& which);
  // Calls it, and tells by the name which semaphore an error is about.
  template <typename Call>
  auto by_name(Call call) const;

  std::vector<Portion> portions_;
  Which which_;
  std::vector<ksem::Semaphore> semaphores_;
  std::vector<ksem::Want> wants_;
  std::size_t index_ = 0;
};

}  // namespace ksem_tool

#endif  // TOOLS_KSEM_SEVERAL_H_

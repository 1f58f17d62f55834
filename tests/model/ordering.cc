// SPDX-License-Identifier: MIT
// Memory ordering of the fast paths and of sleeping, as litmus tests that
// Relacy runs in every order a weak memory allows.
//
// The kernel's operations are spelled in C++'s: a fully ordered exchange is one
// with seq_cst, smp_mb() a fence with seq_cst; a spinlock isn't spelled, each
// test has what comes without it. An address dependency is a load with consume.
//
//   ordering TEST        succeeds if the test holds
//   ordering TEST weak   the same with one order relaxed, which must fail

#include <relacy/relacy.hpp>
#include <string>

namespace {

using rl::mo_acquire;
using rl::mo_consume;
using rl::mo_relaxed;
using rl::mo_release;
using rl::mo_seq_cst;

bool Change(rl::atomic<int>& word, int from, int to, rl::memory_order order) {
  return word($).compare_exchange_strong(from, to, order);
}

// ksem_give_fast() and ksem_take_fast(), or the same by a program: what came
// before the post is there after the wait.
template <bool kWeak>
struct FastToFast : rl::test_suite<FastToFast<kWeak>, 2> {
  rl::atomic<int> word;
  rl::var<int> data;

  void before() {
    word($) = 0;
    data($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      data($) = 1;
      Change(word, 0, 1, kWeak ? mo_relaxed : mo_release);
    } else if (Change(word, 1, 0, mo_acquire)) {
      RL_ASSERT(data($) == 1);
    }
  }
};

// A fast post, then the kernel has the word in its hands from ksem_enter() to
// ksem_leave(), which passes the unit on with a plain store, then a fast wait.
template <bool kWeak>
struct FastToKernelToFast : rl::test_suite<FastToKernelToFast<kWeak>, 3> {
  static constexpr int kContended = 8;
  rl::atomic<int> word;
  rl::var<int> data;

  void before() {
    word($) = 0;
    data($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      data($) = 1;
      Change(word, 0, 1, kWeak ? mo_relaxed : mo_release);
    } else if (index == 1) {
      int units = word($).exchange(kContended, mo_seq_cst);
      word($).store(units, mo_release);
    } else if (Change(word, 1, 0, mo_acquire)) {
      RL_ASSERT(data($) == 1);
    }
  }
};

// A fast post, then a wait under the lock: ksem_enter() finds the unit.
template <bool kWeak>
struct FastToKernel : rl::test_suite<FastToKernel<kWeak>, 2> {
  rl::atomic<int> word;
  rl::var<int> data;

  void before() {
    word($) = 0;
    data($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      data($) = 1;
      Change(word, 0, 1, mo_release);
    } else if (word($).exchange(8, kWeak ? mo_relaxed : mo_seq_cst) == 1) {
      RL_ASSERT(data($) == 1);
    }
  }
};

// ksem_task_served() and ksem_block(): a task that sees its status has the
// unit, and what came before the post.
template <bool kWeak>
struct HandOver : rl::test_suite<HandOver<kWeak>, 2> {
  rl::atomic<int> status;
  rl::var<int> data;

  void before() {
    status($) = 1;
    data($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      data($) = 1;
      status($).store(0, kWeak ? mo_relaxed : mo_release);
    } else if (status($).load(mo_acquire) == 0) {
      RL_ASSERT(data($) == 1);
    }
  }
};

// ksem_nudge(), ksem_task_served() by another CPU, and ksem_block(): a task
// that has seen that it was nudged, and then that it was served, has what came
// before the post that served it.
template <bool kWeak>
struct NudgeAndHandOver : rl::test_suite<NudgeAndHandOver<kWeak>, 3> {
  static constexpr int kNudged = 2;
  rl::atomic<int> status;
  rl::var<int> data;

  void before() {
    status($) = 1;
    data($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      status($).store(kNudged, mo_release);
    } else if (index == 1) {
      // The lock was the other CPU's before.
      if (status($).load(mo_acquire) != kNudged) return;
      data($) = 1;
      status($).store(0, mo_release);
    } else if (status($).load(mo_acquire) == kNudged &&
               status($).load(kWeak ? mo_relaxed : mo_acquire) == 0) {
      RL_ASSERT(data($) == 1);
    }
  }
};

// set_current_state() and wake_up_process(): not both may miss the other.
template <bool kWeak>
struct Sleep : rl::test_suite<Sleep<kWeak>, 2> {
  rl::atomic<int> status, state;
  bool stays_asleep, wakes;

  void before() {
    status($) = 1;
    state($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      status($).store(0, mo_release);
      rl::atomic_thread_fence(mo_seq_cst, $);
      wakes = state($).load(mo_relaxed) == 1;
    } else {
      state($).store(1, mo_relaxed);
      if (!kWeak) rl::atomic_thread_fence(mo_seq_cst, $);
      stays_asleep = status($).load(mo_acquire) == 1;
    }
  }

  void after() { RL_ASSERT(!stays_asleep || wakes); }
};

// ksem_make_page() and ksem_move_word(): a task that finds the page by
// sem->word finds it prepared.
template <bool kWeak>
struct Move : rl::test_suite<Move<kWeak>, 2> {
  rl::var<int> page;
  rl::atomic<rl::var<int>*> word;

  void before() {
    page($) = 0;
    word($) = static_cast<rl::var<int>*>(nullptr);
  }

  void thread(unsigned index) {
    if (index == 0) {
      page($) = 8;
      word($).store(&page, kWeak ? mo_relaxed : mo_release);
    } else if (rl::var<int>* found = word($).load(mo_consume)) {
      RL_ASSERT((*found)($) == 8);
    }
  }
};

// ksem_leave_open_word() and ksem_post_open(): a post that has read an open
// word, 1, doesn't go by a ceiling from before that.
template <bool kWeak>
struct OpenCeiling : rl::test_suite<OpenCeiling<kWeak>, 2> {
  rl::atomic<int> word, max;

  void before() {
    word($) = 0;
    max($) = 3;
  }

  void thread(unsigned index) {
    if (index == 0) {
      max($).store(2, mo_relaxed);
      word($).store(1, mo_release);
    } else if (word($).load(mo_relaxed) == 1) {
      if (!kWeak) rl::atomic_thread_fence(mo_acquire, $);
      RL_ASSERT(max($).load(mo_relaxed) == 2);
    }
  }
};

// The same two: a post sees who waited or polled before its exchange.
template <bool kWeak>
struct OpenPost : rl::test_suite<OpenPost<kWeak>, 2> {
  rl::atomic<int> word, nr_waiters;

  void before() {
    word($) = 0;
    nr_waiters($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      nr_waiters($).store(1, mo_relaxed);
      word($).store(1, mo_release);
    } else if (Change(word, 1, 2, kWeak ? mo_release : mo_seq_cst)) {
      RL_ASSERT(nr_waiters($).load(mo_relaxed) == 1);
    }
  }
};

// ksem_any_end() and ksem_any_sleep(): the task frees what the other CPU has
// read before it stored "done".
template <bool kWeak>
struct Done : rl::test_suite<Done<kWeak>, 2> {
  rl::var<int> entry;
  rl::atomic<int> done;

  void before() {
    entry($) = 1;
    done($) = 0;
  }

  void thread(unsigned index) {
    if (index == 0) {
      RL_ASSERT(entry($) == 1);
      done($).store(1, kWeak ? mo_relaxed : mo_release);
    } else if (done($).load(mo_acquire) == 1) {
      entry($) = 0;
    }
  }
};

template <template <bool> class Test>
bool Holds(bool weak) {
  rl::test_params params;
  params.search_type = rl::sched_full;
  return weak ? rl::simulate<Test<true>>(params)
              : rl::simulate<Test<false>>(params);
}

}  // namespace

int main(int argc, char** argv) {
  const struct {
    std::string name;
    bool (*holds)(bool weak);
  } kTests[] = {
      {"fast-to-fast", Holds<FastToFast>},
      {"fast-to-kernel", Holds<FastToKernel>},
      {"fast-to-kernel-to-fast", Holds<FastToKernelToFast>},
      {"hand-over", Holds<HandOver>},
      {"nudge-and-hand-over", Holds<NudgeAndHandOver>},
      {"sleep", Holds<Sleep>},
      {"move", Holds<Move>},
      {"open-ceiling", Holds<OpenCeiling>},
      {"open-post", Holds<OpenPost>},
      {"done", Holds<Done>},
  };
  for (const auto& test : kTests)
    if (argc > 1 && test.name == argv[1]) return test.holds(argc > 2) ? 0 : 1;
  return 2;
}

#!/bin/bash
# SPDX-License-Identifier: MIT
# The library without Bazel: its headers, and the README's way to build a program as
# it is written.
set -euo pipefail

readme=fsclient/README.md
top=$PWD
commands=$(awk '/^```/ { inside = ($0 == "```sh"); next } inside' "$readme")
[[ $commands == *g++* ]]
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cd "$made"

# strictly: a program, from standard input, that turns on what is usual.
strictly() {
  g++ -std=c++20 -fsyntax-only -I"$top/fsclient/include" -x c++ -Wall -Wextra \
    -Wpedantic -Wconversion -Wsign-conversion -Wfloat-conversion -Wshadow \
    -Wold-style-cast -Wuseless-cast -Werror -
}

# The headers don't warn there.
for header in "$top"/fsclient/include/ksem/*.h; do
  echo "#include \"ksem/$(basename "$header")\"" | strictly
done

# Nor do the templates, with all kinds of durations and clocks.
strictly <<'END'
#include <array>
#include <vector>

#include "ksem/several.h"
#include "ksem/units.h"

using namespace std::chrono;

template <class Timeout>
bool in(ksem::Semaphore& jobs, std::stop_token stop, Timeout timeout) {
  std::error_code error;
  const ksem::Units units(jobs, timeout, 2);
  const ksem::Units more(jobs, stop, timeout);
  const std::array<ksem::Want, 1> wants = {{{jobs}}};
  const ksem::ScopedUnits scoped(wants, timeout);
  const ksem::ScopedUnits stopped(wants, stop, timeout);
  return jobs.try_acquire_for(timeout) || jobs.try_acquire_for(stop, timeout) ||
         jobs.try_acquire_for(timeout, 1, error) ||
         jobs.try_acquire_for(stop, timeout, 1, error) ||
         ksem::try_acquire_any_for(timeout, wants) ||
         ksem::try_acquire_any_for(stop, timeout, wants) ||
         ksem::try_acquire_all_for(timeout, wants) ||
         ksem::try_acquire_all_for(stop, timeout, wants, error) ||
         ksem::try_operate_for(timeout, {{ksem::Op::kZero, jobs}}) ||
         ksem::try_wait_for_zero_for(timeout, jobs, error) || units || more ||
         scoped || stopped;
}

template <class Time>
bool by(ksem::Semaphore& jobs, std::stop_token stop, Time time) {
  std::error_code error;
  const ksem::Units units(jobs, time);
  const ksem::Units more(jobs, stop, time);
  const std::vector<ksem::Want> wants = {{jobs, 3}};
  const ksem::ScopedUnits scoped(wants, time);
  const ksem::ScopedUnits stopped(wants, stop, time);
  return jobs.try_acquire_until(time) || jobs.try_acquire_until(stop, time) ||
         jobs.try_acquire_until(time, 1, error) ||
         jobs.try_acquire_until(stop, time, 1, error) ||
         ksem::try_acquire_any_until(time, wants) ||
         ksem::try_acquire_any_until(stop, time, wants) ||
         ksem::try_acquire_all_until(time, wants) ||
         ksem::try_acquire_all_until(stop, time, wants, error) ||
         ksem::try_operate_until(time, {{ksem::Op::kSet, jobs, 2}}) ||
         ksem::try_wait_for_zero_until(time, jobs, error) || units || more ||
         scoped || stopped;
}

bool all(ksem::Semaphore& jobs, std::stop_token stop) {
  return in(jobs, stop, nanoseconds(1)) || in(jobs, stop, hours(1)) ||
         in(jobs, stop, years(1)) || in(jobs, stop, duration<double>(1)) ||
         in(jobs, stop, duration<float, std::milli>(1)) ||
         in(jobs, stop, duration<long double, std::pico>(1)) ||
         in(jobs, stop, duration<unsigned>(1)) ||
         in(jobs, stop, duration<short, std::micro>(1)) ||
         in(jobs, stop, duration<unsigned long, std::ratio<1, 3>>(1)) ||
         by(jobs, stop, steady_clock::now()) || by(jobs, stop, system_clock::now()) ||
         by(jobs, stop, time_point<steady_clock, duration<float>>()) ||
         by(jobs, stop, time_point_cast<minutes>(system_clock::now())) ||
         jobs.try_acquire_until(file_clock::now());
}
END

# A lost result is a unit that nobody gives back, or one that nobody has.
while read -r call; do
  if printf '%s\n' '#include "ksem/several.h"' '#include "ksem/units.h"' \
    'using namespace std::chrono_literals;' \
    'void call(ksem::Semaphore& jobs, std::stop_token stop, std::error_code error,' \
    '          std::chrono::steady_clock::time_point then) {' \
    'static_cast<void>(stop), static_cast<void>(error), static_cast<void>(then);' \
    "$call" '}' |
    g++ -std=c++20 -fsyntax-only -I"$top/fsclient/include" -x c++ -Wall -Wextra \
      -Werror - 2>diagnosis; then
    echo "no warning: $call"
    exit 1
  fi
  if grep -E 'error: ' diagnosis | grep -v 'Werror=unused-result'; then exit 1; fi
done <<'END'
jobs.acquire(stop);
jobs.try_acquire();
jobs.try_acquire(1, error);
jobs.try_acquire_for(1s);
jobs.try_acquire_until(then);
jobs.try_acquire_for(stop, 1s);
jobs.try_acquire_for(stop, 1s, 1, error);
jobs.try_acquire_until(stop, then);
ksem::acquire_any({{jobs}});
ksem::acquire_any(stop, {{jobs}});
ksem::try_acquire_any({{jobs}});
ksem::try_acquire_any_for(1s, {{jobs}});
ksem::try_acquire_any_until(then, {{jobs}});
ksem::try_acquire_any_for(stop, 1s, {{jobs}});
ksem::try_acquire_any_until(stop, then, {{jobs}});
ksem::acquire_all(stop, {{jobs}});
ksem::try_acquire_all({{jobs}});
ksem::try_acquire_all_for(1s, {{jobs}});
ksem::try_acquire_all_until(then, {{jobs}});
ksem::try_acquire_all_for(stop, 1s, {{jobs}});
ksem::try_acquire_all_until(stop, then, {{jobs}});
ksem::acquire_any({{jobs}}, error);
ksem::try_acquire_all({{jobs}}, error);
ksem::operate(stop, {{ksem::Op::kZero, jobs}});
ksem::try_operate({{ksem::Op::kZero, jobs}});
ksem::wait_for_zero(stop, jobs);
ksem::try_wait_for_zero_for(1s, jobs);
ksem::ScopedUnits({{jobs}});
ksem::ScopedUnits({{jobs}}, std::try_to_lock);
ksem::ScopedUnits({{jobs}}, stop);
ksem::ScopedUnits({{jobs}}, 1s);
ksem::ScopedUnits({{jobs}}, stop, 1s);
ksem::Units{jobs};
ksem::Units(jobs, 2);
ksem::Units(jobs, ksem::kAdopt);
ksem::Units(jobs, std::try_to_lock);
ksem::Units(jobs, stop);
ksem::Units(jobs, 1s);
ksem::Units(jobs, then);
ksem::Units(jobs, stop, 1s);
END

ln -s "$top/fsclient" "$top/kernel" .
bash -euxc "$commands"
[[ $(./worker 2>&1) == "Usage: worker NAME"* ]]

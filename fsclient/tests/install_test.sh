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

# The headers don't warn in a program that turns on what is usual.
for header in "$top"/fsclient/include/ksem/*.h; do
  echo "#include \"ksem/$(basename "$header")\"" |
    g++ -std=c++20 -fsyntax-only -I"$top/fsclient/include" -x c++ -Wall -Wextra \
      -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast \
      -Werror -
done
ln -s "$top/fsclient" "$top/kernel" .
bash -euxc "$commands"
[[ $(./worker 2>&1) == "Usage: worker NAME"* ]]

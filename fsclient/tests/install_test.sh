#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's way to build a program without Bazel works as it is written.
set -euo pipefail

readme=fsclient/README.md
top=$PWD
commands=$(awk '/^```/ { inside = ($0 == "```sh"); next } inside' "$readme")
[[ $commands == *g++* ]]
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cd "$made"
ln -s "$top/fsclient" "$top/kernel" .
bash -euxc "$commands"
[[ $(./worker 2>&1) == "Usage: worker NAME"* ]]

#!/bin/bash
# SPDX-License-Identifier: MIT
# The programs for syzkaller are of the description: each call is there and has as
# many arguments, each structure as many members, and a descriptor is of the kind
# that the call wants. And each sequence of the fuzzer's corpus is one of them.
#
# Usage: programs_test.sh DESCRIPTION PROGRAMS CORPUS, the last two being folders
set -euo pipefail
export LC_ALL=C

description=$1 programs=$2 corpus=$3

names() { find -L "$1" -type f -printf '%f\n' | sed 's/\.[a-z]*$//' | sort; }
diff <(names "$programs") <(names "$corpus")

find -L "$programs" -type f -exec awk -v description="$description" '
  # What is between the outermost commas of TEXT, in PARTS; returns how many.
  function split_outside(text, parts,   i, c, depth, quote, count) {
    split("", parts)
    count = text == "" ? 0 : 1
    for (i = 1; i <= length(text); i++) {
      c = substr(text, i, 1)
      if (quote != "") { if (c == quote) quote = "" }
      else if (c == "\"" || c == "\x27") quote = c
      else if (index("([{", c)) depth++
      else if (index(")]}", c)) depth--
      else if (c == "," && !depth) { count++; continue }
      parts[count] = parts[count] c
    }
    return count
  }
  function fault(what) { print FILENAME ":" FNR ": " what; faults++ }
  function learn(line,   name) {
    if (match(line, /^[a-z_]+\$[A-Za-z_]+\(/)) {
      name = substr(line, 1, RLENGTH - 1)
      makes[name] = line
      sub(/.*\)/, "", makes[name])
      gsub(/ /, "", makes[name])
      sub(/\)[^)]*$/, "", line)
      parameters[name] = substr(line, length(name) + 2)
    } else if (line ~ /^ksem_[a-z_]+ \{$/) {
      struct = substr(line, 1, length(line) - 2)
    } else if (line ~ /^}/) {
      struct = ""
    } else if (struct != "") {
      members[struct]++
    }
  }
  BEGIN {
    while ((getline line <description) > 0) learn(line)
    split("close pipe poll read write", plain)
    for (i in plain) is_plain[plain[i]]
  }
  FNR == 1 { split("", kind) }
  /^#|^$/ { next }
  {
    call = $0
    variable = ""
    if (match(call, /^r[0-9]+ = /)) {
      variable = substr(call, 1, RLENGTH - 3)
      call = substr(call, RLENGTH + 1)
    }
    sub(/ \(async\)$/, "", call)
    name = call
    sub(/\(.*/, "", name)
    calls++
    if (variable != "") kind[variable] = makes[name]
    if (name in is_plain) next
    if (!(name in parameters)) { fault("no call " name); next }
    given = substr(call, length(name) + 2)
    sub(/\)$/, "", given)
    count = split_outside(given, arguments)
    wanted = split_outside(parameters[name], types)
    if (count != wanted) fault(name " has " wanted " arguments, not " count)
    for (i = 1; i <= count && i <= wanted; i++) {
      argument = arguments[i]
      gsub(/^ +/, "", argument)
      if (argument ~ /^r[0-9]+$/ && types[i] ~ / fd_ksem/ &&
          types[i] !~ " " kind[argument] "$")
        fault(argument " is not for " name)
      if (sub(/^&AUTO={/, "", argument) && match(types[i], /, ksem_[a-z_]+\]/)) {
        struct = substr(types[i], RSTART + 2, RLENGTH - 3)
        sub(/}$/, "", argument)
        count_members = split_outside(argument, unused)
        if (count_members != members[struct])
          fault(struct " has " members[struct] " members, not " count_members)
      }
    }
  }
  END {
    print calls + 0 " calls"
    exit faults || !calls
  }' {} +

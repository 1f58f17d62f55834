#!/bin/bash
# SPDX-License-Identifier: MIT
# Each function that the module exports has kernel-doc that says in which context
# it may be called and what it returns, and the kernel's documentation includes it.
#
# Usage: exports_test.sh FOLDER, which has the module's sources
set -euo pipefail

# What only macros call, as they pass the calling module, is documented there.
find -L "$1" -name '*.[ch]' -exec awk -v folder="$1" '
  BEGIN {
    while ((getline line <(folder "/Documentation/ksem.rst")) > 0) {
      if (sub(/^\.\. kernel-doc:: /, "", line)) {
        sub(/^drivers\/misc\/ksem\//, "", line)
        file = folder "/" line
        included[file]
      } else if (line ~ /^   :/ && line !~ /^   :export:/) {
        delete included[file] # it includes only some
      }
    }
  }
  /^\/\*\*$/ { comment = 1; name = text = ""; next }
  comment && name == "" { name = $2; sub(/\(.*/, "", name) }
  comment { text = text $0 "\n" }
  comment && /\*\/$/ { comment = 0; documentation[FILENAME, name] = text }
  match($0, /^void [a-z_]+\(/) { returns_nothing[substr($0, 6, RLENGTH - 6)] }
  match($0, /^EXPORT_SYMBOL[A-Z_]*\([a-z_]+/) {
    name = substr($0, 1, RLENGTH)
    sub(/.*\(/, "", name)
    exported[name] = FILENAME
  }
  function fault(what) { print name ": " what; faults++ }
  END {
    for (name in exported) {
      count++
      file = exported[name]
      documented = name
      if (!((file, name) in documentation) && sub(/_for$/, "", documented))
        file = folder "/include/linux/ksem.h"
      text = documentation[file, documented]
      if (text == "") { fault("no kernel-doc"); continue }
      if (text !~ /\n \* Context: /) fault("kernel-doc without Context:")
      if (!(name in returns_nothing) && text !~ /\n \* Return: /)
        fault("kernel-doc without Return:")
      if (!(file in included)) fault("ksem.rst does not include " file)
    }
    print count + 0 " functions are exported"
    exit faults || !count
  }' {} +

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Tells a kernel's log that has a fault in it.

# What a sound kernel never prints, and what our init says went wrong.
faults=(
  'BUG:' 'WARNING:' 'Oops' 'Kernel panic' 'cut here'
  'general protection' '[Uu]nable to handle' 'Internal error' 'divide error'
  'blocked for more than' 'detected stall' 'self-detected stall'
  'possible .* locking' 'inconsistent lock' 'suspicious RCU'
  'non-static key' 'DEBUG_LOCKS_WARN_ON'
  'invalid context' 'scheduling while atomic'
  'kmemleak: [1-9]' 'unreferenced object'
  'ODEBUG:' 'refcount_t:' 'UBSAN:' 'KASAN:' 'KCSAN:'
  'messages dropped' 'vm: fault:'
)

# Mitigations that are off are not our affair.
harmless='(Spectre V2|RETBleed|MDS|TAA|MMIO[^:]*|SRSO|ITS|VMSCAPE) ?: *WARNING'

# When a CPU takes the console over in mid-line, the kernel says so and prints the
# line once more, whole.
drop_cut_lines() {
  awk '
    /^\*\* replaying previous printk message \*\*/ { held = 0; next }
    held { print last }
    { last = $0; held = 1 }
    END { if (held) print last }' "$1"
}

# A test that makes the kernel warn on purpose writes "vm: expect: TEXT" to /dev/kmsg
# first: one warning with exactly that message is no fault, and a fault if it
# doesn't come.
drop_expected() {
  drop_cut_lines "$1" | awk '
    function show(i) {
      for (i = 1; i <= lines; i++) print block[i]
      lines = 0
    }
    {
      text = $0
      sub(/\r$/, "", text)
      sub(/^\[[ 0-9.]*\](\[[^]]*\])? /, "", text)
    }
    text ~ /^vm: expect: / { expected[substr(text, 13)]++ }
    text ~ /cut here/ {
      show()
      inside = 1
      known = 0
    }
    !inside { print; next }
    {
      block[++lines] = $0
      if (lines == 2 && expected[text] > 0) {
        expected[text]--
        known = 1
      }
      if (text ~ /BUG:|Oops|panic/) known = 0
      if (text !~ /end trace/) next
      if (known) lines = 0
      show()
      inside = 0
    }
    END {
      show()
      for (text in expected)
        if (expected[text] > 0) print "vm: fault: no warning came: " text
    }'
}

# find_faults LOG: prints the faults with what follows them; false without any.
find_faults() {
  local pattern
  pattern=$(IFS='|' && echo "${faults[*]}")
  drop_expected "$1" | sed -E "/$harmless/d" | grep -nE -A60 "$pattern" |
    head -n 300
  return "${PIPESTATUS[2]}"
}

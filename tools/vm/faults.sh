# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Tells a kernel's log that has a fault in it.

# What a sound kernel never prints, and what our init says went wrong.
faults=(
  'BUG:' 'WARNING:' 'Oops' 'Kernel panic' 'cut here'
  'general protection' 'unable to handle' 'divide error'
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

# find_faults LOG: prints the faults with what follows them; false without any.
find_faults() {
  local pattern
  pattern=$(IFS='|' && echo "${faults[*]}")
  sed -E "/$harmless/d" "$1" | grep -nE -A60 "$pattern" | head -n 300
  return "${PIPESTATUS[1]}"
}

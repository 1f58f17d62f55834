#!/bin/bash
# SPDX-License-Identifier: MIT
# There is one version: version.h has it, and all others have the same.
set -euo pipefail

defined() { sed -nE "s/^#define KSEM_VERSION$1 \"?([0-9.]+)\"?$/\1/p" \
  fsclient/include/ksem/version.h; }

version=$(defined '')
failed=0
# is WHAT VERSION
is() {
  [ "$2" != "$version" ] || return 0
  echo "$1 is '$2', version.h says '$version'" >&2
  failed=1
}

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
is "version.h in numbers" "$(defined _MAJOR).$(defined _MINOR).$(defined _PATCH)"
is "the module" "$(sed -n 's/^MODULE_VERSION("\(.*\)");$/\1/p' kernel/main.c)"
is "the command" "$(tools/ksem/ksem --version | sed 's/^ksem //')"
is "the package" "$(sed -nE '1s/^ksem \((.*)\) .*/\1/p' debian/changelog)"
is "the package for RPM" "$(sed -n 's/^Version: *//p' tools/install/ksem.spec)"
while read -r named; do
  is "docs/install.md" "${named#ksem/}"
done < <(grep -o 'ksem/[0-9][0-9.]*[0-9]' docs/install.md)
exit $failed

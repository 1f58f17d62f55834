#!/bin/bash
# SPDX-License-Identifier: MIT
# The completions, by real shells with the real command. Semaphores are
# directories of a root of our own: no kernel takes part.
set -uo pipefail
cd tools/ksem || exit
PATH=$PWD:$PATH
export KSEM_ROOT=$TEST_TMPDIR/root HOME=$TEST_TMPDIR
mkdir -p "$KSEM_ROOT"/{build,"bad luck",door}
failed=0

# same WHAT WANTED GOT
same() {
  [ "$2" = "$3" ] && return
  echo "$1: '$3', not '$2'"
  failed=1
}

# in_bash [BASH-COMPLETION] WORD…: the replies for the last word.
in_bash() {
  # shellcheck disable=SC2016  # for the other shell
  bash --norc -c '
    for file in $0; do . "$file"; done
    . completion/ksem.bash
    COMP_WORDS=(ksem "$@") COMP_CWORD=$# COMP_LINE="ksem $*"
    COMP_POINT=${#COMP_LINE}
    compopt() { :; }
    _ksem
    printf "%s\n" "${COMPREPLY[@]}"' "$library" "$@" | sort -u | paste -sd' '
}

for library in "" $(ls /usr/share/bash-completion/bash_completion); do
  same "bash: a verb" "create" "$(in_bash cr)"
  same "bash: verbs" "set show" "$(in_bash s)"
  same "bash: a name" "build" "$(in_bash run bu)"
  same "bash: names" 'bad\ luck build' "$(in_bash wait b)"
  same "bash: behind --" 'bad\ luck build door' "$(in_bash rm -- '')"
  same "bash: no name of a new one" "" "$(in_bash create b)"
  same "bash: an option" "--timeout" "$(in_bash wait --ti)"
  same "bash: its value" "priority" "$(in_bash create --order p)"
  same "bash: no value for a name" "" "$(in_bash run -t b)"
  same "bash: a command" "ksem" "$(in_bash run build -- kse)"
  same "bash: help" "post" "$(in_bash help p)"
  same "bash: a file" "completion/ksem.bash" "$(in_bash apply completion/ksem.b)"
  same "bash: no name to apply" "" "$(in_bash apply --check bu)"
done

in_fish() {
  fish --no-config -c "source completion/ksem.fish; complete -C '$1'" |
    cut -f1 | sort -u | paste -sd' '
}

same "fish: a verb" "create" "$(in_fish 'ksem cr')"
same "fish: names" "bad luck build" "$(in_fish 'ksem wait b')"
same "fish: no name of a new one" "" "$(in_fish 'ksem create b')"
same "fish: an option" "--timeout" "$(in_fish 'ksem wait --ti')"
same "fish: its value" "priority" "$(in_fish 'ksem create --order p')"
same "fish: a command" "ksem" "$(in_fish 'ksem run build -- kse')"
same "fish: what it takes" "create" "$(in_fish 'ksem exec -- ksem cr')"
same "fish: a file" "completion/ksem.fish" "$(in_fish 'ksem apply completion/ksem.f')"

zsh -fn completion/_ksem || failed=1

# fish has the options as a list of its own.
for verb in create rm set ls show wait try post run exec watch monitor apply; do
  for option in $(ksem help "$verb" | grep -oE '^ +-[^ ]*' | grep -oE -e '--[a-z-]+'); do
    case " $(in_fish "ksem $verb $option") " in
      *" $option "*) ;;
      *) same "fish: $verb" "$option" "nothing" ;;
    esac
  done
done
exit $failed

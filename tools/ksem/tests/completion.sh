#!/bin/bash
# SPDX-License-Identifier: MIT
# The completions, by real shells with the real command. Semaphores are
# directories of a root of our own: no kernel takes part.
set -uo pipefail
cd tools/ksem || exit
PATH=$PWD:$PATH
export KSEM_ROOT=$TEST_TMPDIR/root HOME=$TEST_TMPDIR
mkdir -p "$KSEM_ROOT"/{build,"bad luck",door,lib:a,lib:b,o=x}
failed=0

# same WHAT WANTED GOT
same() {
  [ "$2" = "$3" ] && return
  echo "$1: '$3', not '$2'"
  failed=1
}

# in_bash [BASH-COMPLETION] WORD…: the replies for the last word. They stand for
# what is behind its last : or =, where the shell breaks it.
in_bash() {
  # shellcheck disable=SC2016  # for the other shell
  bash --norc -c '
    for file in $0; do . "$file"; done
    . completion/ksem.bash
    COMP_WORDBREAKS=$breaks COMP_WORDS=(ksem) COMP_LINE="ksem $*"
    COMP_POINT=${#COMP_LINE}
    for word; do
      pieces=$word
      if [ "$breaks" ]; then
        pieces=$(sed -E "s/[$breaks]+/\n&\n/g" <<<"$word" | sed "1{/^$/d};\${/^$/d}")
      fi
      mapfile -t -O ${#COMP_WORDS[@]} COMP_WORDS <<<"$pieces"
    done
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    compopt() { :; }
    _ksem
    printf "%s\n" "${COMPREPLY[@]}"' "$library" "$@" | sort -u | paste -sd' '
}

export breaks=':='
for library in "" $(ls /usr/share/bash-completion/bash_completion); do
  same "bash: a verb" "create" "$(in_bash cr)"
  same "bash: verbs" "set show" "$(in_bash s)"
  same "bash: a name" "build" "$(in_bash run bu)"
  same "bash: names" 'bad\ luck build' "$(in_bash wait b)"
  same "bash: behind --" 'bad\ luck build door lib:a lib:b o=x' "$(in_bash rm -- '')"
  same "bash: no name of a new one" "" "$(in_bash create b)"
  same "bash: an option" "--timeout" "$(in_bash wait --ti)"
  same "bash: its value" "priority" "$(in_bash create --order p)"
  same "bash: no value for a name" "" "$(in_bash run -t b)"
  same "bash: a command" "ksem" "$(in_bash run build -- kse)"
  same "bash: help" "post" "$(in_bash help p)"
  same "bash: a file" "completion/ksem.bash" "$(in_bash apply completion/ksem.b)"
  same "bash: no name to apply" "" "$(in_bash apply --check bu)"
  same "bash: names with a colon" "lib:a lib:b" "$(in_bash wait li)"
  same "bash: behind a colon" "a b" "$(in_bash wait --any build lib:)"
  same "bash: another behind a colon" "b" "$(in_bash rm -- lib:b)"
  same "bash: behind =" "x" "$(in_bash rm o=)"
  same "bash: the value behind =" "fifo priority" "$(in_bash set --order=)"
  same "bash: its beginning" "priority" "$(in_bash set --order=p)"
  same "bash: a name behind it" "build" "$(in_bash set --order=fifo bu)"
  same "bash: a program" "ksem" "$(in_bash exec kse)"
  same "bash: a program behind options" "ksem" "$(in_bash exec --mode auto kse)"
  same "bash: a program behind --" "ksem" "$(in_bash exec -- kse)"
  same "bash: a mode" "auto" "$(in_bash exec --mode au)"
  same "bash: an option of exec" "--prefix" "$(in_bash exec --mode auto --p)"
  breaks=''
  same "bash: no break at colons" "lib:a lib:b" "$(in_bash wait lib:)"
  same "bash: no break at =" "--order=priority" "$(in_bash set --order=p)"
  breaks=':='
done
same "bash: what it takes" "create" "$(in_bash exec ksem cr)"

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
same "fish: a program" "ksem" "$(in_fish 'ksem exec kse')"
same "fish: a program behind options" "create" \
  "$(in_fish 'ksem exec --mode auto --prefix p ksem cr')"
same "fish: a mode" "auto" "$(in_fish 'ksem exec --mode au')"
same "fish: the value behind =" "--order=priority" "$(in_fish 'ksem set --order=p')"
same "fish: the kernel's root" \
  "$(find /sys/kernel/config/ksem/ -mindepth 1 -maxdepth 1 -type d -printf '%f\n' \
    2>/dev/null | sort | paste -sd' ')" "$(KSEM_ROOT='' in_fish 'ksem wait ')"
same "fish: a file" "completion/ksem.fish" "$(in_fish 'ksem apply completion/ksem.f')"

# At a prompt, where ^X completes and tells what the line is then.
cat >"$TEST_TMPDIR/.zshrc" <<END
autoload -Uz compinit "$PWD/completion/_ksem"
compinit -D
compdef _ksem ksem
complete_and_tell() { zle complete-word; print -r -- "\$BUFFER" >\$line }
zle -N complete_and_tell
bindkey '^X' complete_and_tell
zle-line-init() { print ready >\$line }
zle -N zle-line-init
END
in_zsh() {
  line=$TEST_TMPDIR/line.$BASHPID
  mkfifo "$line"
  # shellcheck disable=SC2016  # for the other shell
  line=$line ZDOTDIR=$TEST_TMPDIR zsh -fc '
    zmodload zsh/zpty
    exec 3<>$line # open all the time, so that no read finds the end
    zpty shell zsh -di
    read -ru3 ready
    zpty -wn shell "$1"$(printf "\030")
    read -ru3 typed
    print -r -- $typed' - "$1"
}

same "zsh: a verb" "ksem create" "$(in_zsh 'ksem cr')"
same "zsh: a name" "ksem run build" "$(in_zsh 'ksem run bu')"
same "zsh: a name with a space" 'ksem wait bad\ luck' "$(in_zsh 'ksem wait bad')"
same "zsh: behind --" "ksem rm -- door" "$(in_zsh 'ksem rm -- d')"
same "zsh: no name of a new one" "ksem create bu" "$(in_zsh 'ksem create bu')"
same "zsh: an option" "ksem wait --timeout" "$(in_zsh 'ksem wait --ti')"
same "zsh: its value" "ksem create --order priority" "$(in_zsh 'ksem create --order p')"
same "zsh: the value behind =" "ksem set --order=priority" "$(in_zsh 'ksem set --order=p')"
same "zsh: a command" "ksem run build -- ksem" "$(in_zsh 'ksem run build -- kse')"
same "zsh: a mode" "ksem exec --mode auto" "$(in_zsh 'ksem exec --mode au')"
same "zsh: help" "ksem help post" "$(in_zsh 'ksem help po')"

# fish has the options as a list of its own.
for verb in create rm set ls show wait try post run exec watch monitor who apply; do
  for option in $(ksem help "$verb" | grep -oE '^ +-[^ ]*' | grep -oE -e '--[a-z-]+'); do
    case " $(in_fish "ksem $verb $option") " in
      *" $option "*) ;;
      *) same "fish: $verb" "$option" "nothing" ;;
    esac
  done
done
exit $failed

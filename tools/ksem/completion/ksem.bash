# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Completion of ksem for bash. Copy it to
# /usr/share/bash-completion/completions/ksem, or source it from ~/.bashrc.
# Verbs and options are those that "ksem help" shows.

# The first words of one part of a help text: _ksem_help PART [VERB].
_ksem_help() {
  local part=$1
  shift
  ksem help "$@" 2>/dev/null | awk -v part="$part:" '
    /^[^ ]/ { inside = $0 == part }
    inside && /^  [^ ]/ {
      gsub(",", " ", $1)
      print $1
    }'
}

# Those of the words that the current one begins; no word has a space.
_ksem_words() {
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

_ksem_names() {
  local path name
  for path in "${KSEM_ROOT:-/sys/kernel/config/ksem}"/*/; do
    name=${path%/}
    name=${name##*/}
    if [[ -d $path && $name == "$cur"* ]]; then
      COMPREPLY+=("$(printf '%q' "$name")")
    fi
  done
}

_ksem_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  compopt -o filenames 2>/dev/null
}

# The command behind "--": what bash-completion knows of it, or files.
_ksem_command() {
  local at=$1
  if declare -F _command_offset >/dev/null; then
    _command_offset "$at"
  elif ((COMP_CWORD == at)); then
    mapfile -t COMPREPLY < <(compgen -c -- "$cur")
  else
    compopt -o default 2>/dev/null
  fi
}

# The value of the option before the current word; false if it takes none.
_ksem_value() {
  case $verb$1 in
    exec--mode) _ksem_words ksem auto libc ;;
    *--order) _ksem_words fifo priority ;;
    *--fair | *--record | *--undo | *--mappable) _ksem_words 0 1 ;;
    *--group) mapfile -t COMPREPLY < <(compgen -g -- "$cur") ;;
    *--value | *--max | *--mode | *--create | *--timeout | *--interval | \
      *--units | *--prefix | *--conflict-exit-code | *--command) ;;
    wait-[ntwE] | try-n | post-n | run-[ntwEcj] | watch-i) ;;
    *) return 1 ;;
  esac
}

_ksem() {
  local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    # shellcheck disable=SC2046  # several words
    _ksem_words $(_ksem_help Subcommands) --help --version
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      case $verb in
        run | exec) _ksem_command $((i + 1)) ;;
        apply) _ksem_files ;;
        *) _ksem_names ;;
      esac
      return
    fi
  done
  if _ksem_value "${COMP_WORDS[COMP_CWORD - 1]}"; then return; fi
  if [[ $cur == -* ]]; then
    # shellcheck disable=SC2046  # several words
    _ksem_words $(_ksem_help Options "$verb") --
    return
  fi
  case $verb in
    help)
      # shellcheck disable=SC2046  # several words
      _ksem_words $(_ksem_help Subcommands)
      ;;
    apply) _ksem_files ;;
    ls | exec | create) ;;
    *) _ksem_names ;;
  esac
}

complete -F _ksem ksem

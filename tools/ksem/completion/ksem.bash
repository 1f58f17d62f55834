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

# The words up to the cursor's, as ksem gets them, and the place of each in
# COMP_WORDS: the shell breaks them at : and =, too.
_ksem_split() {
  local line=$COMP_LINE word before='' i
  words=() places=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $before && $line != [[:blank:]]* &&
      ($word == [:=]* || $before == *[:=]) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
      places+=("$i")
    fi
    line=${line#"${line%%[![:blank:]]*}"}
    line=${line#"$word"}
    before=$word
  done
}

# Where "ksem exec" has its program, if that isn't behind "--".
_ksem_program() {
  local i
  for ((i = 2; i < last; i++)); do
    case ${words[i]} in
      --mode | --prefix) i=$((i + 1)) ;;
      -*) ;;
      *) break ;;
    esac
  done
  echo "$i"
}

_ksem_replies() {
  if [[ $cur == --*=* ]]; then
    local option=${cur%%=*} cur=${cur#*=}
    _ksem_value "$option"
    COMPREPLY=("${COMPREPLY[@]/#/"$option="}")
  elif _ksem_value "${words[last - 1]}"; then
    return
  elif [[ $cur == -* ]]; then
    # shellcheck disable=SC2046  # several words
    _ksem_words $(_ksem_help Options "$verb") --
  else
    case $verb in
      help)
        # shellcheck disable=SC2046  # several words
        _ksem_words $(_ksem_help Subcommands)
        ;;
      apply) _ksem_files ;;
      ls | create) ;;
      *) _ksem_names ;;
    esac
  fi
}

# Of what the cursor's word has before its last break the shell replaces nothing.
_ksem_drop_kept() {
  local breaks=${COMP_WORDBREAKS//[^:=]/} kept
  [[ $breaks ]] || return
  kept=${cur%"${cur##*["$breaks"]}"}
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

_ksem() {
  local words places i
  _ksem_split
  local last=$((${#words[@]} - 1))
  local cur=${words[last]} verb=${words[1]}
  COMPREPLY=()
  if ((last == 1)); then
    # shellcheck disable=SC2046  # several words
    _ksem_words $(_ksem_help Subcommands) --help --version
    return
  fi
  for ((i = 2; i < last; i++)); do
    if [[ ${words[i]} == -- ]]; then
      case $verb in
        run | exec)
          _ksem_command "${places[i + 1]}"
          return
          ;;
        apply) _ksem_files ;;
        *) _ksem_names ;;
      esac
      _ksem_drop_kept
      return
    fi
  done
  if [[ $verb == exec ]]; then
    i=$(_ksem_program)
    if ((i < last)) || [[ $i == "$last" && $cur != -* ]]; then
      _ksem_command "${places[i]}"
      return
    fi
  fi
  _ksem_replies
  _ksem_drop_kept
}

complete -F _ksem ksem

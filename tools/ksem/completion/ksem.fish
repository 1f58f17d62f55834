# SPDX-License-Identifier: MIT
# Completion of ksem for fish. Copy it to ~/.config/fish/completions/ksem.fish
# or /usr/share/fish/vendor_completions.d/.

function __ksem_names
    set -l root /sys/kernel/config/ksem
    if test -n "$KSEM_ROOT"
        set root $KSEM_ROOT
    end
    for path in $root/*/
        string replace -r '.*/' '' (string trim -r -c / $path)
    end
end

# The verbs with their summaries, from the help text.
function __ksem_verbs
    ksem help 2>/dev/null | string match -rg '^  ([a-z]+) +([A-Z].*)$' |
        while read -l verb
            read -l summary
            printf '%s\t%s\n' $verb $summary
        end
end

function __ksem_verb
    set -l words (commandline -opc)
    test (count $words) -gt 1; and echo $words[2]
end

function __ksem_is
    contains -- (__ksem_verb) $argv; and not __ksem_behind_mark
end

function __ksem_behind_mark
    contains -- -- (commandline -opc)
end

# What fish knows of a command: __ksem_complete WORD…, without the cursor's.
function __ksem_complete
    complete -C (string join ' ' -- (string escape -- $argv) (commandline -ct))
end

# The command behind "--".
function __ksem_command
    set -l words (commandline -opc)
    set -l begin (math (contains -i -- -- $words) + 1)
    __ksem_complete $words[$begin..]
end

# The program of "ksem exec" without a "--".
function __ksem_program
    set -l words (commandline -opc)[3..]
    while string match -q -- '-*' $words[1]
        contains -- $words[1] --mode --prefix; and set -e words[1]
        set -e words[1]
    end
    set -q words[1]; or not string match -q -- '-*' (commandline -ct); and __ksem_complete $words
end

complete -c ksem -f
complete -c ksem -n 'not __ksem_verb' -a '(__ksem_verbs)'
complete -c ksem -n 'not __ksem_verb' -s V -l version -d 'Version'
complete -c ksem -n 'not __ksem_behind_mark' -s h -l help -d 'Help'
complete -c ksem -n '__ksem_is help' -a '(__ksem_verbs)'
complete -c ksem -n '__ksem_is rm show set wait try post run watch monitor who' -a '(__ksem_names)'
complete -c ksem -n '__ksem_behind_mark; and contains -- (__ksem_verb) run exec' -a '(__ksem_command)'
complete -c ksem -n '__ksem_is exec' -a '(__ksem_program)'
complete -c ksem -n '__ksem_is apply' -F

complete -c ksem -n '__ksem_is create set' -l value -x -d 'Units'
complete -c ksem -n '__ksem_is create set' -l max -x -d 'Ceiling'
complete -c ksem -n '__ksem_is create set' -l order -x -a 'fifo priority' -d 'Who goes first'
complete -c ksem -n '__ksem_is create set' -l fair -x -a '0 1' -d '0: running threads may go ahead'
complete -c ksem -n '__ksem_is create set' -l record -x -a '0 1' -d '1: keep who operated last'
complete -c ksem -n '__ksem_is create set' -l undo -x -a '0 1' -d '1: units come back'
complete -c ksem -n '__ksem_is create set' -l mappable -x -a '0 1' -d '0: nobody can map it'
complete -c ksem -n '__ksem_is create' -l mode -x -d 'Of the device'
complete -c ksem -n '__ksem_is create' -l group -x -a '(__fish_complete_groups)' -d 'Of the device'
complete -c ksem -n '__ksem_is create' -l exist-ok -d 'Leave it if it exists'
complete -c ksem -n '__ksem_is set' -l shutdown -d 'All waits fail, for ever'
complete -c ksem -n '__ksem_is rm' -s f -l force -d 'No error if there is none'
complete -c ksem -n '__ksem_is ls' -s l -d 'As a table'
complete -c ksem -n '__ksem_is ls show monitor who' -l json -d 'As JSON'
complete -c ksem -n '__ksem_is wait try post run' -s n -l units -x -d 'How many'
complete -c ksem -n '__ksem_is wait run' -s t -s w -l timeout -x -d 'Give up after so long'
complete -c ksem -n '__ksem_is wait run' -s E -l conflict-exit-code -x -d 'Status if they do not come'
complete -c ksem -n '__ksem_is wait run' -l verbose -d 'Say what is waited for'
complete -c ksem -n '__ksem_is monitor' -l verbose -d 'Say when it begins'
complete -c ksem -n '__ksem_is wait' -l any -d 'Of several, one'
complete -c ksem -n '__ksem_is wait' -l all -d 'Of several, all or none'
complete -c ksem -n '__ksem_is run' -l nonblock -d 'Not if they are not there'
complete -c ksem -n '__ksem_is run' -s j -l create -x -d 'Make it if it is missing'
complete -c ksem -n '__ksem_is run' -s c -l command -x -d 'A line for the shell'
complete -c ksem -n '__ksem_is run' -s o -l close -d 'Keep the handle'
complete -c ksem -n '__ksem_is exec' -l mode -x -a 'ksem auto libc'
complete -c ksem -n '__ksem_is exec' -l prefix -x -d 'Before each name'
complete -c ksem -n '__ksem_is watch' -s i -l interval -x -d 'Look so often'
complete -c ksem -n '__ksem_is apply' -l check -d 'Look for mistakes only'

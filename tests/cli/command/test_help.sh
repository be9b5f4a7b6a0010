#!/bin/bash
# Help, the manual and completion: their examples work as typed, one after the other in an empty directory, and
# a shell completes what there is.
. "$(dirname "$0")/run.sh"
mkdir -p bin home/.local/share/bash-completion/completions home/.config/fish/completions
ln -s "$carve" bin/carve
export PATH=$work/bin:$PATH HOME=$work/home
cp "$root/tests/tasks/old/oja.toml" old.toml

# Every verb leads with examples.
for verb in new check train resume explore show watch compare list export eval simulate slurm rules info bench tasks convert \
    schema completion manual; do
    expect 0 help "$verb"
    [ "$(grep -c '^Examples\?:$' out)" = 1 ] || fail "carve help $verb has no examples"
    before=$(sed -n '/^Examples\?:$/=' out)
    [ "$before" -lt "$(sed -n '/^Options:$/=' out)" ] || fail "carve help $verb does not lead with its examples"
    sed -n '/^Examples\?:$/,/^$/s/^  \(carve .*\)/\1/p' out | sed 's/   .*//' >examples
    [ -s examples ] || fail "no examples of $verb"
    # A run that exists is searched again by the next example.
    while read -r example; do
        case $example in
        *'<'* | *RUN*) example=$(echo "$example" | sed 's/RUN/run/g') ;;
        esac
        bash -c "$example" >out 2>err </dev/null || fail "'$example' of carve help $verb ends with $?"
    done <examples
done
expect 0 help
sed -n '/^Examples:$/,/^$/s/^  \(carve .*\)/\1/p' out | sed 's/   .*//' >examples
rm -rf run mytask.toml
while read -r example; do
    bash -c "$example" >out 2>err </dev/null || fail "'$example' of carve help ends with $?"
done <examples

# What bash offers for a line of words, the last of which is being typed.
completes() { # EXPECTED WORD...
    wanted=$1
    shift
    bash -c 'source <(carve completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _carve; printf "%s\n" "${COMPREPLY[@]}"' \
        - "$@" >out 2>err
    [ ! -s err ] || fail "completion of $* says something"
    [ "$(paste -sd ' ' out)" = "$wanted" ] || fail "$*: '$(paste -sd ' ' out)', not '$wanted'"
}
completes 'train' carve tr
completes '--seed --seeds' carve train --seed
completes 'python' carve export oja --to p
completes 'mytask.toml' carve train myt
completes 'oja oja_norm oja_family' carve rules oja
completes 'mpirun' carve slurm x --launcher m
completes 'bash' carve completion b
completes 'settings' carve help set
completes 'oja oja_norm oja_family oja.npz oja.toml' carve eval oja
# Of --to=p bash makes three words.
completes 'python' carve export oja --to = p
completes 'python c brian2 nestml latex markdown' carve export oja --to =
completes 'mytask.toml' carve eval oja --task = myt
# --color has its values, anywhere on the line, and ahead of the verb hides none.
completes 'always' carve --color al
completes 'never' carve train --color = n
completes '--color' carve info --co
completes 'train' carve --color always tr
completes 'train' carve --color = always tr
completes 'python' carve --color always export oja --to p
# No file is a number, a name or a second shell.
touch 12
completes '' carve train --threads 1
completes '' carve train mytask.toml --seeds 1
completes '' carve new myt
completes '' carve completion bash ''
completes '12' carve train --out 1
rm 12
for shell in zsh fish; do
    expect 0 completion "$shell"
    if command -v "$shell" >/dev/null; then "$shell" -n out 2>err || fail "completion of $shell is no script"; fi
    says out python
    grep -q -e '--seeds' -e '-l seeds' out || fail "completion of $shell does not offer --seeds"
    grep -q -e '--color' -e '-l color' out || fail "completion of $shell does not offer --color"
done
# A line of fish that offers nothing.
if carve completion fish | grep '^complete' | grep -v -e ' -a ' -e ' -l ' -e ' -s ' >out; then
    fail "completion of fish has lines for nothing"
fi
if command -v fish >/dev/null; then
    for line in "carve export oja --to p=python" "carve --color n=never" "carve train --threads 1=" \
        "carve eval --task myt=mytask.toml"; do
        # shellcheck disable=SC2016 # fish expands it
        fish --no-config -c 'carve completion fish | source; complete -C $argv' "${line%=*}" >out 2>err
        [ "$(cut -f 1 out)" = "${line##*=}" ] || fail "fish completes '${line%=*}' otherwise"
    done
fi
# Of a file in $fpath zsh makes a function, which answers the first Tab; what is sourced registers itself.
expect 0 completion zsh
says out "'*--set="
cp out _carve
if command -v zsh >/dev/null; then
    # In place of what zsh has only while it completes.
    ask='_describe() { print verbs }; _arguments() { print -l -- "$@" }; compset() { return 1 }
        compdef() { print "compdef $*" }; compadd() { print -- "$*" }; words=("$@"); CURRENT=$#'
    first_tab() { # EXPECTED WORD...
        wanted=$1
        shift
        zsh -fc "$ask; fpath=(. \$fpath); autoload -Uz _carve; _carve" - "$@" >out 2>err
        silent err
        says out "$wanted"
    }
    first_tab verbs carve tr
    first_tab verbs carve --color always tr
    first_tab '-- auto always never' carve --color al
    first_tab '--seeds=' carve train --se
    first_tab '--seeds=' carve --color=always train --se
    zsh -fc "$ask; source ./_carve" - carve >out 2>err
    silent err
    [ "$(cat out)" = "compdef _carve carve" ] || fail "completion of zsh does not register itself"
fi
expect 2 completion csh
says err "bash"

expect 0 manual
if command -v groff >/dev/null; then
    groff -man -ww -Tutf8 out >page 2>err || fail "the manual page is refused"
    silent err
    for line in '1 *the search ended above search.goal' '75 *interrupted by SIGUSR1 or SIGUSR2, and saved for carve resume' \
        '143 *interrupted by SIGTERM, and saved for carve resume'; do
        sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' page | grep -q "^ *$line" || fail "the page has no line '$line'"
    done
fi
expect 0 manual
for option in color version help; do
    sed -n '/^.SH OPTIONS/,/^.SH VERBS/p' out | grep -q "\\\\-\\\\-$option" ||
        fail "the manual does not have --$option of carve itself"
done
expect 0 help
[ "$(wc -L <out)" -le 110 ] || fail "carve help has a line of $(wc -L <out) columns"

# Color where it is asked for, and only there.
escape=$(printf '\033')
for line in "--color always nothing" "nothing --color=always" "check nothing.toml --color always"; do
    # shellcheck disable=SC2086 # several words
    expect 2 $line
    says err "$escape[1;31merror:"
done
NO_COLOR=1 expect 2 nothing --color=always
says err "$escape[1;31merror:"
expect 2 nothing
if grep -q "$escape" err; then fail "color in a file"; fi
# Faults of a task file have the word behind their place.
printf 'format = 2\nnothing = 1\nless = "a: error: b"\n' >faults.toml
expect 2 check faults.toml
cp err plain
if grep -q "$escape" plain; then fail "color in a file"; fi
[ "$(grep -c '^faults.toml:[0-9]*:[0-9]*: error: ' plain)" -ge 2 ] || fail "fewer than two faults"
expect 2 check faults.toml --color=always
colored=$(grep -c "^faults.toml:[0-9]*:[0-9]*: $escape\[1;31merror:$escape\[0m " err)
[ "$colored" = "$(grep -c ': error: ' plain)" ] || fail "$colored of the faults are colored"
sed "s/$escape\[[0-9;]*m//g" err | cmp - plain || fail "color changes what the faults say"
# In a terminal; NO_COLOR counts unless it is empty.
in_terminal() { python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' carve nothing >out 2>err </dev/null; }
NO_COLOR='' in_terminal
says out "$escape[1;31merror:"
NO_COLOR=1 in_terminal
says out "error:"
if grep -q "$escape" out; then fail "color in spite of NO_COLOR"; fi
expect 2 check --color
says err "--color needs auto, always or never"
expect 2 --color=blue info
says err "not 'blue'"
finish

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
for shell in zsh fish; do
    expect 0 completion "$shell"
    if command -v "$shell" >/dev/null; then "$shell" -n out 2>err || fail "completion of $shell is no script"; fi
    says out python
    grep -q -e '--seeds' -e '-l seeds' out || fail "completion of $shell does not offer --seeds"
done
expect 2 completion csh
says err "bash"

expect 0 manual
if command -v groff >/dev/null; then
    groff -man -ww -Tutf8 out >page 2>err || fail "the manual page is refused"
    silent err
    grep -q 'goal not reached' page || fail "the page has no exit codes"
fi

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
expect 2 check --color
says err "--color needs auto, always or never"
expect 2 --color=blue info
says err "not 'blue'"
finish

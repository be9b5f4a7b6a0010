#!/bin/sh
# Several seeds: interrupted anywhere, the same command or resume continues, to the same rules.
. "$(dirname "$0")/run.sh"
quick_task t.toml
long="search.iterations=4000 search.l1=0.001 search.method=adam"

for seeds in 1,1 3,1,2,3 "" x; do
    expect 2 train t.toml --out no --seeds "$seeds"
    says err "seeds"
    [ ! -e no ] || fail "--seeds '$seeds' left a directory"
done
expect 2 train t.toml --out no --seeds 1,2 --seed 3
says err "--seed"

# shellcheck disable=SC2086
expect 0 train t.toml --set $long --seeds 1..3 --out whole -q
same() {
    for seed in 1 2 3; do
        [ "$(fingerprint_of "$1/seed-$seed")" = "$(fingerprint_of whole/seed-$seed)" ] || fail "$1: seed $seed ends elsewhere"
    done
    cmp -s "$1/seeds.json" whole/seeds.json || fail "$1: another spread"
}

# Seeds side by side: the same runs.
for threads in 1 2 4; do
    # shellcheck disable=SC2086
    expect 0 train t.toml --set $long --seeds 1..3 --out side-$threads --threads $threads
    same side-$threads
    [ "$(grep -x 'seed [123]' err | tr -d '\n')" = "seed 1seed 2seed 3" ] || fail "seeds are not told in order"
    grep -v angle err | grep -A1 '^seed 3' | grep -q warning || fail "a warning does not follow its seed"
done

# interrupted DIRECTORY SIGNAL: while the second seed is searched. It may end before the signal comes where others
# need the processor: then once more.
interrupted() {
    for attempt in 1 2 3 4 5; do
        rm -rf "$1"
        interrupt_second "$1" "$2"
        [ -e "$1/seed-2/result.json" ] || break
    done
    [ ! -e "$1/seed-2/result.json" ] || fail "$1: seed 2 was not interrupted, $attempt times"
    cp "$1/seed-1/result.json" first
}
interrupt_second() {
    # shellcheck disable=SC2086
    "$carve" train t.toml --set $long --seeds 1..3 --out "$1" --threads 1 >out 2>err &
    pid=$!
    for _ in $(seq 6000); do # two minutes: others may need the processor
        [ -s "$1/seed-2/checkpoint.bin" ] && break
        sleep 0.02
    done
    [ -s "$1/seed-2/checkpoint.bin" ] || fail "$1: seed 2 was not begun"
    kill -s "$2" $pid
    wait $pid 2>/dev/null
}
for signal in TERM KILL; do
    interrupted again-$signal $signal
    # shellcheck disable=SC2086
    expect 0 train t.toml --set $long --seeds 1..3 --out again-$signal
    says out "median"
    cmp -s first again-$signal/seed-1/result.json || fail "a finished seed was searched again"
    same again-$signal
    interrupted resumed-$signal $signal
    expect 0 resume resumed-$signal
    says out "median"
    cmp -s first resumed-$signal/seed-1/result.json || fail "a finished seed was searched again"
    same resumed-$signal
done

# Several interrupted at once: each has its checkpoint, and all go on.
longer="search.iterations=20000 search.l1=0.001 search.method=adam"
# shellcheck disable=SC2086
expect 0 train t.toml --set $longer --seeds 1..3 --out whole-long -q
for continued in train resume; do
    # shellcheck disable=SC2086
    "$carve" train t.toml --set $longer --seeds 1..3 --out both-$continued --threads 2 >out 2>err &
    pid=$!
    for _ in $(seq 6000); do
        [ -s both-$continued/seed-1/checkpoint.bin ] && [ -s both-$continued/seed-2/checkpoint.bin ] && break
        sleep 0.02
    done
    kill -s TERM $pid
    wait $pid
    got=$?
    [ $got = 143 ] || fail "two seeds interrupted: exit code $got"
    [ "$(grep -o 'interrupted; carve resume .*seed-.' err | tr -d '\n')" = \
        "interrupted; carve resume both-$continued/seed-1interrupted; carve resume both-$continued/seed-2" ] ||
        fail "not a line for each seed that was interrupted, in order"
    [ ! -e both-$continued/seed-3 ] || fail "a seed was begun after the interrupt"
    case $continued in
        # shellcheck disable=SC2086
        train) expect 0 train t.toml --set $longer --seeds 1..3 --out both-train --threads 1 -q ;;
        resume) expect 0 resume both-resume --threads 3 -q ;;
    esac
    cmp -s both-$continued/seeds.json whole-long/seeds.json || fail "both-$continued: another spread"
done

# A seed that fails: one message, and no other is begun.
cp -r whole-long broken
rm broken/seed-?/result.json
head -c 9 whole-long/seed-2/checkpoint.bin >broken/seed-2/checkpoint.bin
rm -f broken/seed-2/checkpoint.bin.prev
expect 3 resume broken --threads 2
says err "broken/seed-2/checkpoint.bin"
[ "$(grep -c '^error' err)" = 1 ] || fail "not one error"

# More seeds, another task, a run of one seed.
# shellcheck disable=SC2086
expect 0 train t.toml --set $long --seeds 1..4 --out whole --json -q
python3 - <<'END' || fail "seeds.json is not the spread of its runs"
import json, statistics
kept, printed = json.load(open("whole/seeds.json")), json.load(open("out"))
losses = [json.load(open(f"whole/seed-{s}/result.json"))["loss"]["held_out"] for s in (1, 2, 3, 4)]
assert kept["seeds"] == [1, 2, 3, 4] and [r["seed"] for r in printed["runs"]] == [1, 2, 3, 4]
held_out = kept["held_out"]
assert held_out["min"] == min(losses) and held_out["max"] == max(losses)
assert min(losses) <= held_out["median"] <= max(losses)
END
expect 2 train t.toml --seeds 1..4 --out whole
says err "another task"
expect 0 train t.toml --out one -q
expect 2 train t.toml --seeds 1,2 --out one
says err "a run of one seed"

# All rules of a task with several.
cat >two.toml <<END
format = 2
extends = "lateral-layer"
[simulation]
duration = 20
[population.y]
units = 2
[data.x]
spectrum = [1, 0.5, 0.25]
[rule.feedforward]
terms = ["x y", "y^2 w"]
[rule.lateral]
terms = ["x y", "w"]
[trials]
search = 4
[search]
iterations = 2
refit = false
END
expect 0 train two.toml --seeds 1,2 --out two -q
[ "$(grep -c "  feedforward: dw = .*; lateral: dw = " out)" = 2 ] || fail "a line of a seed lacks a rule"
expect 0 show two
[ "$(grep -c "  feedforward: dw = .*; lateral: dw = " out)" = 2 ] || fail "show of seeds lacks a rule"
# The same task in another order continues them.
sed '/^\[rule.feedforward\]/,/^terms/d' two.toml >other.toml
printf '[rule.feedforward]\nterms = ["y^2 w", "x y"]\n' >>other.toml
mkdir order
mv other.toml order/two.toml
before=$(fingerprint_of two/seed-2)
rm two/seed-2/result.json
expect 0 train order/two.toml --seeds 1,2 --out two -q
[ "$(fingerprint_of two/seed-2)" = "$before" ] || fail "tables in another order: another rule of a seed"
expect 2 train order/two.toml --seeds 1,2 --out two -q --set search.iterations=3
says err "search.iterations = 2, and not 3"
finish

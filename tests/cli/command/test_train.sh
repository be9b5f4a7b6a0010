#!/bin/sh
# carve train: its directory, its two outputs, its exit codes, and what must not change results.
. "$(dirname "$0")/run.sh"
quick_task t.toml

expect 0 train t.toml --out a
says out "feedforward: dw = "
says out "held-out loss: "
says out "angle to oja: "
says err "stage 1 1/6  loss "
for file in task.toml carve.json log.jsonl checkpoint.bin rule.toml result.json report.html; do
    [ -s "a/$file" ] || fail "there is no a/$file"
done
expect 2 train t.toml --out a
says err "--force"
cp a/result.json first
expect 0 train t.toml --out a --force -q
silent err
same() { sed -e '/"seconds"/d' -e '/"memory_bytes"/d' -e '/"isa"/d' -e '/"threads"/d' "$1"; }
same first >x
same a/result.json >y
cmp -s x y || fail "a repeated run differs"

# stdout is the document, and the file's.
expect 0 train t.toml --out j --json -q
cmp -s out j/result.json || fail "--json is not result.json"
expect 0 train a/task.toml --out again --json -q
same out >z
sed 's/"task": .*//' x >x1
sed 's/"task": .*//' z >z1
cmp -s x1 z1 || fail "the resolved task does not repeat the run"
same_fingerprint() { # OPTION...
    expect 0 train t.toml --out v --force --json -q "$@"
    [ "$(grep fingerprint out)" = "$(grep fingerprint first)" ] || fail "$* changes the fingerprint"
}
for isa in $("$carve" info | awk '$2 == "usable" { print $1 }'); do same_fingerprint --isa "$isa"; done
for threads in 1 3; do same_fingerprint --threads $threads; done
for bytes in 8 32 64; do same_fingerprint --set run.lane_bytes=$bytes; done
# carve.json says which width ran: v has the one that was asked for, a one that was chosen.
grep -q '"lane_bytes": 64' v/carve.json || fail "carve.json does not say that lane_bytes was 64"
grep -Eq '"lane_bytes": (32|64)' a/carve.json || fail "carve.json does not say which lane_bytes was chosen"
grep -q '^lane_bytes = 0' a/task.toml || fail "the choice of lane_bytes is in the task, where it would bind others"
expect 0 train t.toml --out s2 --seed 2 --json -q
[ "$(grep fingerprint out)" != "$(grep fingerprint first)" ] || fail "--seed changes nothing"

# What a search starts from.
expect 0 train t.toml --init oja --out i --json -q --set search.iterations=1
expect 0 train t.toml --init a --out i --force -q
expect 0 train t.toml --init instar --out i --force --set search.iterations=1
says err "the task has no term y w; that of --init is dropped"
# A rule keeps its speed under another learning rate: the first loss is the same.
printf 'format = 1\n[rule.feedforward]\neta = 0.2\nterms = [{ x = 1, y = 1, theta = 0.5 }]\n' >half.toml
printf 'format = 1\n[rule.feedforward]\neta = 0.1\nterms = [{ x = 1, y = 1, theta = 1 }]\n' >full.toml
expect 0 train t.toml --init half.toml --out i --force --json -q
grep fingerprint out >of_half
expect 0 train t.toml --init full.toml --out i --force --json -q
[ "$(grep fingerprint out)" = "$(cat of_half)" ] || fail "--init does not convert eta"
expect 0 eval a --task t.toml -q
expect 0 eval a/rule.toml --task t.toml -q

# A rule that blows up on all held-out data, though not within the short stage of its search.
cat >short.toml <<END
format = 2
extends = "layer"
[simulation]
duration = 4000
bound = 1e3
[data.x]
spectrum = [1, 0.5, 0]
samples = 20
[rule.feedforward]
terms = ["x y"]
[trials]
search = 4
validation = 4
held_out = 200
[search]
refit = false
[search.stage.short]
iterations = 1
set = { "simulation.duration" = 10 }
END
expect 5 train short.toml --init hebb --out b -q
says err "every replica diverged"
says out "feedforward: dw = "
grep -A9 '"held_out_losses"' b/result.json | grep -q '"diverged": 200' || fail "$(cat b/result.json)"
grep -q '"diverged": [1-9]' b/result.json || fail "$(cat b/result.json)"
expect 5 train short.toml --init hebb --seeds 1 --out bs -q
expect 5 train short.toml --init hebb --seeds 1 --out bs -q # it is finished
expect 5 eval b --task short.toml -q
says err "every replica diverged"

# Goals.
expect 1 train t.toml --out g --set search.goal=1e-9
says err "the goal is missed"
says out "feedforward: dw = "
expect 0 train t.toml --out g --force --set search.goal=2 -q

# Several seeds.
expect 0 train t.toml --out many --seeds 1..3
says out "median"
[ -s many/seed-3/result.json ] || fail "there is no many/seed-3"
expect 0 train t.toml --out list --seeds 2,7 --json -q
python3 -c 'import json; d = json.load(open("out")); assert [r["seed"] for r in d["runs"]] == [2, 7] and d["held_out"]["min"] <= d["held_out"]["max"]' ||
    fail "--seeds --json"

# A dry run writes nothing.
expect 0 train t.toml --out dry --dry-run
says out "# estimated time: "
says out "# estimated memory of the process: "
expect 0 train t.toml --out dry --dry-run --json
python3 - <<'EOF' || fail "--dry-run --json does not tell what each phase takes"
import json
plan, run = json.load(open("out")), json.load(open("first"))
names = [p["phase"] for p in plan["phases"]]
assert names == [p["phase"] for p in run["phases"]], names
assert plan["phases"][0]["iterations"] == run["phases"][0]["iterations"]
assert plan["form"] == run["form"], plan["form"]
assert abs(sum(p["seconds"] for p in plan["phases"]) - plan["estimated_seconds"]) < 1e-12
assert 0.7 < plan["estimated_memory_bytes"] / run["memory_bytes"] < 1.4, plan["estimated_memory_bytes"]
EOF
[ ! -e dry ] || fail "a dry run made a directory"

# Without --out the task names the directory.
expect 0 train t.toml -q
[ -s run-t/result.json ] || fail "there is no run-t"

# A file of one's own, and nothing else.
awk 'BEGIN { srand(3); print "a;b;c"; for (i = 0; i < 300; ++i) { z = rand() - 0.5; printf "%f;%f;%f\n", 3 * z + rand(), z + rand(), rand() } }' >mine.csv
expect 0 train "$root/tasks/oja.toml" --set data.x.path=mine.csv search.iterations=2 search.goal=2 --out mine -q
says mine/carve.json "mine.csv"

# More columns than its stages work with: 150, of which the first half of each row is one factor.
awk 'BEGIN { srand(3); for (i = 0; i < 300; ++i) { a = rand() - 0.5; b = rand() - 0.5; row = ""
     for (j = 0; j < 150; ++j) row = row (j ? "," : "") (j < 90 ? a : 0.8 * b) + 0.2 * rand()
     print row } }' >wide.csv
expect 0 train "$root/tasks/oja-digits.toml" --set data.x.path=wide.csv --out wide -q --set search.goal=0.2
finish

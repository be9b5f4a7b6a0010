#!/bin/sh
# carve explore: its files, and what must not change them: threads, interruption, running it again.
. "$(dirname "$0")/run.sh"
quick_task t.toml
cat >spikes.toml <<END
format = 2
extends = "cell"
drop = ["population.exc.signal", "population.inh.signal"]
[simulation]
duration = 6
[population.exc]
rate = 10
[rule.inhibitory]
eta = 0.05
theta = { sd = 0.01 }
tau = { mean = 0.02, range = [0.01, 0.1] }
[loss.rate]
target = 10
start = 50.05
stop = [0, 100]
window = 1
[trials]
search = 2
validation = 2
held_out = 4
redraw = "iteration"
vary = { "population.inh.factor" = [1] }
[search]
iterations = 12
population = 8
sigma = 0.3
diverged = 160
l1 = 0.1
END
# The restarts without their times.
restarts_of() { sed 's/"seconds":[^,]*,//' "$1/restarts.jsonl"; }
same_restarts() {
    restarts_of "$1" >x
    restarts_of "$2" >y
    cmp -s x y || fail "$1 and $2 hold different restarts"
}

expect 0 explore spikes.toml --restarts 6 --out a
says out "of 6 restarts meet the target"
says out "on the mean-field manifold (set points within 15 % of 10 Hz)"
says err " of 6"
for file in task.toml carve.json restarts.jsonl solutions.npz solutions.csv summary.json; do
    [ -s "a/$file" ] || fail "there is no a/$file"
done
[ "$(wc -l <a/restarts.jsonl)" = 6 ] || fail "not a line per restart"
expect 0 explore spikes.toml --restarts 6 --out b --threads 1 --isa scalar --json -q
silent err
cmp -s out b/summary.json || fail "--json is not summary.json"
expect 0 explore spikes.toml --restarts 6 --out c --threads 1
for i in 1 2 3 4 5 6; do says err "restart $i of 6, stage 1"; done
same_restarts a b
for threads in 2 3 4 16; do
    expect 0 explore spikes.toml --restarts 6 --out side-$threads --threads $threads -q
    same_restarts a side-$threads
    cmp -s a/solutions.npz side-$threads/solutions.npz || fail "$threads threads change solutions.npz"
done
cmp -s a/solutions.csv b/solutions.csv || fail "--threads and --isa change solutions.csv"
cmp -s a/solutions.npz b/solutions.npz || fail "--threads and --isa change solutions.npz"
python3 - <<'END' || fail "the files of an exploration disagree"
import csv, json
lines = [json.loads(line) for line in open("a/restarts.jsonl")]
rows = list(csv.DictReader(open("a/solutions.csv")))
summary = json.load(open("a/summary.json"))
met = [l for l in lines if l["met"]]
assert len({l["seed"] for l in lines}) == 6 and summary["restarts"] == 6
assert met == [l for l in lines if abs(l["rate"][0] / 10 - 1) <= 0.1]
assert len(met) == len(rows) == summary["solutions"] > 0
for l, row in zip(met, rows):
    names = ["tau_pre", "tau_post", "alpha", "kappa", "beta", "gamma"]
    assert [float(row[n]) for n in names] == [l["theta"][n] for n in names]
    assert float(row["rate"]) == l["rate"][0] and int(row["seed"]) == l["seed"]
    assert abs(abs(l["set_point"][0] / 10 - 1) - float(row["distance"])) < 1e-12
assert summary["on_manifold"] == sum(float(r["distance"]) <= 0.15 for r in rows)
assert len(summary["covariance"]) == 6
END
if python=$(python_with numpy); then
    "$python" - <<'END' || fail "solutions.npz"
import csv, numpy
z, rows = numpy.load("a/solutions.npz"), list(csv.DictReader(open("a/solutions.csv")))
n = len(rows)
assert z["theta"].shape == (n, 6) and z["covariance"].shape == (n, 6, 6) and z["rate"].shape == (n, 1)
assert z["loss"].tolist() == [float(r["loss"]) for r in rows]
END
else
    echo "skipped: solutions.npz (no numpy)"
fi
# A restart is a search that train repeats.
seed=$(sed -n 's/.*"restart":2,"seed":\([0-9]*\).*/\1/p' a/restarts.jsonl)
expect 0 train spikes.toml --seed "$seed" --out one -q
says a/restarts.jsonl "\"fingerprint\":\"$(fingerprint_of one)\""

# Finished restarts are not repeated, further ones are added, and a torn line is done again.
cp -r a again
expect 0 explore spikes.toml --restarts 6 --out again --threads 1
says err "6 restarts are done"
cmp -s a/restarts.jsonl again/restarts.jsonl || fail "finished restarts were repeated"
expect 0 explore spikes.toml --restarts 4 --out few -q
head -c 500 few/restarts.jsonl >torn
cat torn >few/restarts.jsonl
expect 0 explore spikes.toml --restarts 6 --out few -q
same_restarts a few
expect 2 explore spikes.toml --restarts 6 --out few --seed 2
says err "a search of another task or seed: with run.seed = 1, and not 2"
# The same task with its tables in another order is the same search.
awk 'BEGIN { RS = "\n\\["; ORS = "\n" } NR == 1 { first = $0; next } { rest = "[" $0 ORS rest } END { print first; print rest }' spikes.toml >reversed.toml
cmp -s spikes.toml reversed.toml && fail "reversed.toml is spikes.toml"
mkdir other-order
cp reversed.toml other-order/spikes.toml
head -3 few/restarts.jsonl >three
cat three >few/restarts.jsonl
expect 0 explore other-order/spikes.toml --restarts 6 --out few -q
same_restarts a few
expect 0 explore spikes.toml --restarts 6 --out few --seed 2 --force -q
[ "$(restarts_of few | head -1)" != "$(restarts_of a | head -1)" ] || fail "--seed changes nothing"
expect 2 resume few
says err "carve explore TASK --out few continues"

# Interrupted, one search after the other or several at once: what is done is kept, and the same command
# continues, whatever its threads.
for threads in 1 4; do
    "$carve" explore spikes.toml --restarts 400 --out cut-$threads --threads $threads >out 2>err &
    pid=$!
    for _ in $(seq 400); do
        [ -e cut-$threads/restarts.jsonl ] && [ "$(wc -l <cut-$threads/restarts.jsonl)" -ge 2 ] && break
        sleep 0.02
    done
    kill -s TERM $pid
    wait $pid
    got=$?
    [ $got = 143 ] || fail "interrupted: exit code $got"
    says err "the same command, without --force, continues"
    says err "interrupted after $(wc -l <cut-$threads/restarts.jsonl) of 400 restarts"
    [ -s cut-$threads/solutions.csv ] || fail "an interrupted exploration leaves no solutions"
    done=$(wc -l <cut-$threads/restarts.jsonl)
    [ "$done" -le 6 ] || head -6 cut-$threads/restarts.jsonl >short
    [ "$done" -le 6 ] || cat short >cut-$threads/restarts.jsonl
    expect 0 explore spikes.toml --restarts 6 --out cut-$threads -q --threads $((5 - threads))
    same_restarts a cut-$threads
done
mv cut-4 cut

expect 2 train spikes.toml --out cut
says err "carve explore"

# A line that is damaged is named, and nothing below it lost.
sed '2s/"theta":{[^}]*}/"theta":{}/' cut/restarts.jsonl >damaged
cat damaged >cut/restarts.jsonl
expect 3 explore spikes.toml --restarts 6 --out cut
says err "cut/restarts.jsonl:2: this is not restart 1 of the task"
cmp -s damaged cut/restarts.jsonl || fail "a damaged line costs the others"

# Networks of rates: a goal makes a solution.
expect 2 explore t.toml --out r
says err "--set search.goal=0.05"
expect 0 explore t.toml --out r --restarts 3 --set search.goal=1.5
says out "Gauss-Newton matrix"
says out "3 of 3 restarts meet the target"
head -1 r/solutions.csv | grep -q '^restart,seed,y^2 w,x y,loss,angle$' || fail "$(head -1 r/solutions.csv)"
expect 1 explore t.toml --out none --restarts 2 --set search.goal=1e-9
says out "0 of 2 restarts meet the target"
# So does a range of a probe.
cat t.toml >ranges.toml
printf '[probe.aligned]\nkind = "components"\nof = "feedforward"\naccept = [%s]\n' '-1, 1' >>ranges.toml
expect 0 explore ranges.toml --out within --restarts 2
says out "2 of 2 restarts meet the target"
expect 1 explore ranges.toml --out without --restarts 2 --set 'probe.aligned.accept=[2, 3]'
says out "0 of 2 restarts meet the target"
expect 2 explore t.toml --restarts 0
finish

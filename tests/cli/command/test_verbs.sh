#!/bin/sh
# What the verbs that do not search print.
. "$(dirname "$0")/run.sh"
quick_task t.toml

expect 0 --version
says out "carve 0."
silent err
for verb in train show compare list explore eval check simulate slurm rules info bench new tasks convert schema; do
    expect 0 help $verb
    cp out short
    silent err
    expect 0 $verb --help
    cmp -s short out || fail "carve help $verb differs from carve $verb --help"
    says out "carve $verb"
    # docs/cli.md knows the verb and its options.
    cp "$root/docs/cli.md" docs
    says docs "carve $verb"
    for option in $(grep -o -e ' --[a-z-]*' out | sort -u); do
        says docs "$option"
    done
done
expect 0 help
says out "Examples:"
expect 0 --help
says out "Exit codes:"
expect 0 help settings
says out "| \`iterations\` | whole number in [1, 10000000] iterations | 40 | iterations per stage |"
expect 2 help trian
says err "did you mean 'train'?"

expect 0 info
says out "ABI 2"
silent err
expect 0 info --json
python3 -c 'import json; d = json.load(open("out")); assert d["isa"] in [s["name"] for s in d["instruction_sets"] if s["usable"]]' ||
    fail "info --json"

expect 0 bench --seconds 0
says out "multiply-add peak, float"
says out "fastest adjoint: "
expect 0 bench --seconds 0 --json
python3 - <<'END' || fail "bench --json"
import json
d = json.load(open("out"))
assert d["fma_flop_per_s"]["double"] > 0 and all(b["bytes_per_s"] > 0 for k in ("read_bandwidth", "update_bandwidth") for b in d[k])
assert all(case["ns_per_synapse_step"] > 0 for case in d["cases"])
assert sum(case["fastest"] for case in d["cases"]) == 6 # two precisions, three kinds
END
expect 2 bench --seconds -1

expect 0 rules
for rule in hebb oja anti_hebb covariance bcm_sliding; do says out "$rule"; done
expect 0 rules oja
cp out oja.toml
expect 0 rules oja --json
says out '"equation": "dw = eta (x y - y^2 w)"'

expect 0 new mine
[ "$(cat out)" = mine.toml ] || fail "new prints the file's name"
expect 0 check mine.toml
expect 2 new mine
expect 0 new mine --force

# The resolved task is a task, in its own words.
expect 0 check t.toml
says out "# memory of the simulations: "
cp out resolved.toml
expect 0 check resolved.toml
cmp -s resolved.toml out || fail "a resolved task resolves to itself"
expect 0 check t.toml --json --set simulation.duration=7 search.l1=0.5 --seed 9
python3 - <<'END' || fail "check --json"
import json
d = json.load(open("out"))
assert d["memory_bytes"] > 0 and d["trials_at_once"] in (1, 2, 4, 8)
assert (d["iterations"], d["evaluations"]) == (6, 24), d["evaluations"]  # of 4 trials each
for line in ("duration = 7", "l1 = 0.5", "seed = 9"):
    assert line in d["resolved"], line
END
expect 0 check t.toml --gradient
says out "y^2 w"
says out "finite difference"
expect 0 check t.toml --gradient --json
python3 -c 'import json; d = json.load(open("out")); assert len(d["gradient"]) == 2 and d["largest_error"] < 1e-6, d["largest_error"]' ||
    fail "the gradient differs from finite differences"

# A rule by its name and by its file are the same.
expect 0 eval oja --task t.toml --json -q
cp out by_name
silent err
expect 0 eval oja.toml --task t.toml --json -q
sed 's/"rule": .*//' out >a
sed 's/"rule": .*//' by_name >b
cmp -s a b || fail "eval of the preset and of its file differ"
python3 -c 'import json; d = json.load(open("by_name")); assert d["sets"] == {}, d' || fail "sets of a task without any"
# Trials so long that the components of each can be told apart, of inputs with a mean of 0.
long_trials='trials.long.vary={"simulation.duration"=[4000]}'
expect 0 eval oja --task t.toml --json -q --set "$long_trials" data.x.antithetic=true simulation.duration=80
python3 -c 'import json; d = json.load(open("out")); assert d["loss"]["held_out"] < d["loss"]["silent"] / 5, d["loss"]' ||
    fail "oja does not find the component"
python3 - <<'END' || fail "oja does not find the component in long trials: $(cat out)"
import json
d = json.load(open("out"))
long = d["sets"]["long"]
assert long["loss"] < 1e-6 < d["loss"]["held_out"] and long["losses"]["trials"] == 200
assert d["measured"]["loss.components"]["mean"] < 0.98 and long["measured"]["loss.components"]["mean"] > 1 - 1e-9
END
expect 0 eval oja --task t.toml --set "$long_trials" data.x.antithetic=true
grep -q "^trials.long: loss [0-9.e-]* of 200 trials, 0 diverged$" out || fail "eval does not tell the loss of long trials"
expect 0 eval anti_hebb --task t.toml --json -q --set "$long_trials"
python3 -c 'import json; d = json.load(open("out")); assert d["measured"]["loss.components"]["mean"] < 0.1 and d["sets"]["long"]["loss"] > 0.9, d' ||
    fail "anti_hebb finds the component"
# Presets of two rules, and of residuals, recover components in order; Oja's rule alone does not.
cat >two.toml <<END
format = 2
extends = "lateral-layer"
[simulation]
duration = 400
[population.y]
units = 2
[data.x]
spectrum = [1, 0.6, 0.3]
samples = 100
antithetic = true
[trials]
held_out = 200
END
for preset in rubner_tavan sanger; do
    expect 0 eval $preset --task two.toml --json -q
    python3 -c 'import json; m = json.load(open("out"))["measured"]; assert all(m[f"loss.components, unit {i}"]["mean"] > 0.99 for i in (1, 2)), m' ||
        fail "$preset does not recover the components in order"
done
expect 0 eval rubner_tavan --task two.toml -q
says out "lateral: dw = eta (-x y)"
printf 'format = 2\nextends = "two.toml"\n[loss.components]\nkind = "subspace"\nof = "feedforward"\n' >subspace.toml
expect 0 eval subspace --task subspace.toml -q
says out "feedforward: dw = eta (x y)"
expect 2 eval foldiak_1989 --task two.toml
says err "lateral synapses here are hierarchical"

# Horizons differ between trials, but not with the width of a lane block.
horizons='trials.long.vary={"simulation.duration"=[60,100,300]}'
expect 0 eval oja --task t.toml --json -q --set "$horizons"
cp out wide
for bytes in 8 64; do
    expect 0 eval oja --task t.toml --json -q --set "$horizons" run.lane_bytes=$bytes
    cmp -s out wide || fail "run.lane_bytes = $bytes changes the result of eval"
done
expect 5 eval hebb --task t.toml --set simulation.duration=4000 simulation.bound=1e3
says err "every replica diverged"

expect 0 simulate t.toml --rule oja --out x.npz --every 12 --replicas 3
says out "x.npz"
if numpy_python=$(python_with numpy); then
    $numpy_python - <<'END' || fail "the arrays of simulate"
import numpy as np
a = np.load("x.npz")
w, y, x = a["projection.feedforward"], a["population.y"], a["data.x"]
assert w.shape == (3, 6, 1, 3) and y.shape == (3, 5, 20, 1) and x.shape == (3, 20, 3), (w.shape, y.shape, x.shape)
assert list(a["step"]) == [0, 12, 24, 36, 48, 60]
assert np.isfinite(w).all() and np.isfinite(y).all()
# Rates are those of the weights that are recorded with them.
assert np.allclose(y, np.einsum("rtij,rsj->rtsi", w[:, :-1], x), rtol=1e-12, atol=1e-15)
for trial in range(3):
    component = np.linalg.eigh(np.cov(x[trial].T))[1][:, -1]
    last = w[trial, -1, 0]
    assert abs(a["loss.components"][trial] - abs(last @ component) / np.linalg.norm(last)) < 1e-12
END
else
    echo "skipped: the arrays of simulate (no NumPy)"
fi
expect 2 simulate t.toml --rule oja --out x.npz
expect 0 simulate t.toml --rule oja --out x.npz --force

# A batch script does what it says, on a cluster of one shell: it searches, is warned before the limit,
# queues again, and continues.
long="search.iterations=20000 search.l1=0.001 search.method=adam"
# shellcheck disable=SC2086
expect 0 slurm t.toml --cpus-per-task 2 --time 1-12:00:00 --out "it's a run" --set $long --seed 3
cp out job.sh
sh -n job.sh || fail "the batch script is not a script"
for line in "#SBATCH --job-name=carve-t" "#SBATCH --nodes=1" "#SBATCH --ntasks=1" "#SBATCH --cpus-per-task=2" \
    "#SBATCH --time=1-12:00:00" "#SBATCH --requeue" "#SBATCH --signal=B:USR1@120"; do
    grep -qxF -- "$line" job.sh || fail "the batch script lacks $line"
done
mkdir bin
ln -s "$carve" bin/carve
printf '#!/bin/sh\necho "$@" >requeued\n' >bin/scontrol
chmod +x bin/scontrol
job() { PATH=$work/bin:$PATH SLURM_JOB_ID=17 exec sh job.sh; }
job >out 2>err &
pid=$!
for _ in $(seq 200); do
    [ -s "it's a run/log.jsonl" ] && break
    sleep 0.05
done
kill -USR1 $pid
wait $pid
[ $? = 75 ] || fail "a batch job that is warned does not end with 75"
[ "$(cat requeued)" = "requeue 17" ] || fail "a batch job that is warned does not queue again"
rm requeued
(job) >out 2>err || fail "a batch job that continues fails"
says out "feedforward: dw = "
[ ! -e requeued ] || fail "a batch job that is done queues again"
says "it's a run/task.toml" "seed = 3"
for limit in 4 3:01 0:03:01 0-1 0-0:04 0-0:03:01; do
    expect 0 slurm t.toml --time $limit
done
# A warning that comes before the search has begun: whatever the script is at, the job queues again.
expect 0 slurm t.toml --out early --set $long
cp out job.sh
{ echo '#!/bin/sh'; echo 'kill -USR1 $PPID'; echo 'exec "'"$carve"'" "$@"'; } >bin/slow
sed 's/^ *carve \(train\|resume\)/    slow \1/' job.sh >slow.sh
chmod +x bin/slow
(PATH=$work/bin:$PATH SLURM_JOB_ID=18 exec sh slow.sh) >out 2>err
got=$?
[ $got = 75 ] || [ $got = 138 ] || fail "a job that is warned at its start ends with $got"
[ "$(cat requeued)" = "requeue 18" ] || fail "a job that is warned at its start does not queue again"
awk '/^trap/ { traps++ } /^[^#]/ && !/^trap/ && !/^search= signal=/ && traps < 2 { exit 1 }' job.sh ||
    fail "something comes before the traps of a batch script"
if "$carve" info | grep -q "MPI not compiled in"; then
    expect 2 slurm t.toml --nodes 2
    says err "needs MPI"
else
    expect 0 slurm t.toml --nodes 2 --ranks 8 --cpus-per-task 4
    says out "mpirun -n 8 --map-by slot:PE=4 carve train t.toml --out"
    expect 0 slurm t.toml --nodes 2 --launcher srun
    says out "#SBATCH --ntasks=2"
    says out "srun --mpi=pmix --cpus-per-task=1 carve resume"
fi
for option in "--time soon" "--time 1:2:3:4" "--time 1" "--time 3" "--time 2:59" "--time 0:02:00" "--time 0-0:03" "--time 0-0:3:0" "--nodes 0" "--ranks 0" "--nodes 3 --ranks 2" "--cpus-per-task x" \
    "--launcher ssh" "--set data.x.sampels=3"; do
    # shellcheck disable=SC2086
    expect 2 slurm t.toml $option
    silent out
done
says err "did you mean 'samples'?"

# A spiking task, short: its report, its rule by name, and eval of the run.
cat >s.toml <<END
format = 2
extends = "cell"
[simulation]
duration = 0.4
[rule.inhibitory]
eta = 0.1
theta = { sd = 0.01 }
[loss.rate]
window = 0.2
[trials]
search = 2
validation = 2
held_out = 4
redraw = "never"
vary = { "population.inh.factor" = [0.5, 2] }
[search]
iterations = 2
population = 4
sigma = 0.5
l1 = 0.1
diverged = { base = 160, early = 160, candidate = true }
[run]
precision = "double"
END
expect 0 train s.toml --out spikes -q
says out "inhibitory: tau_pre = "
says out "set point"
python3 - <<'END' || fail "result.json of spikes: $(cat spikes/result.json)"
import json
d = json.load(open("spikes/result.json"))
assert set(d["measured"]) == {"loss.rate", "probe.tuning"}
assert [c["at"] for c in d["conditions"]] == [{"population.inh.factor": 0.5}, {"population.inh.factor": 2}]
for c in d["conditions"]:
    assert c["afferent_rate"] > 0 and isinstance(c["set_point"], float) and c["measured"]["loss.rate"]["trials"] == 2
END
grep -q '"name": "alpha"' spikes/result.json || fail "result.json has no term called alpha"
expect 0 eval spikes --task s.toml --json
held_out=$(sed -n 's/.*"held_out": *\([0-9.e+-]*\).*/\1/p' out)
grep -q "\"held_out\": $held_out" spikes/result.json || fail "eval does not agree with train"
# Of neurons simulate records the spikes, of which there are as many in the window as the rate says.
expect 0 simulate s.toml --rule vogels_istdp --out y.npz --every 1000 --replicas 2 -q --set loss.rate.stop=[0,1e4]
if numpy_python=$(python_with numpy); then
    $numpy_python - <<'END' || fail "the spikes of simulate"
import numpy as np
a = np.load("y.npz")
assert a["projection.excitatory"].shape == (2, 5, 1, 800) and a["projection.inhibitory"].shape == (2, 5, 1, 200)
assert list(a["step"]) == [0, 1000, 2000, 3000, 4000]
time, trial = a["population.cell.time"], a["population.cell.trial"]
assert len(time) > 10 and (time >= 0).all() and (time < 4000).all() and not a["population.cell.unit"].any()
for t in 0, 1:
    assert (np.diff(time[trial == t]) > 0).all()
    assert abs(np.sum(time[trial == t] >= 2000) / 0.2 - a["loss.rate"][t]) < 1e-9
assert (a["projection.inhibitory"][:, 0] == 0.1).all() and (a["projection.inhibitory"][:, -1] != 0.1).any()
assert (a["projection.excitatory"] == a["projection.excitatory"][:, :1]).all()
END
else
    echo "skipped: the spikes of simulate (no NumPy)"
fi
expect 2 check s.toml --gradient
says err "surrogate"
finish

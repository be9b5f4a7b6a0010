#!/bin/sh
# What writes task files and explains them: new, tasks, convert, schema, help.
. "$(dirname "$0")/run.sh"

# Tasks to start from, each of which runs once it has its data.
awk 'BEGIN { srand(3); for (i = 0; i < 300; ++i) { z = rand() - 0.5; printf "%f,%f,%f\n", 3 * z + rand(), z + rand(), rand() } }' >data.csv
# A recording of units that learn by Oja's rule, written by nothing of carve.
"$(python_with numpy)" - <<'END' || fail "no recording"
import numpy as np
draw = np.random.default_rng(1)
trials, steps = 50, 300
pre = draw.normal(size=(trials, steps, 3)) * [1, 0.7, 0.5]
post, start = np.zeros((trials, steps, 1)), np.zeros((trials, 1, 3))
for n in range(trials):
    w = start[n, 0] = 0.3 + 0.1 * draw.normal(size=3)
    for t, x in enumerate(pre[n]):
        y = post[n, t] = w @ x
        w = w + 0.015 * (x * y - y * y * w)
np.savez("recording.npz", pre=pre, post=post, w=start)
END
for kind in oja own-file pca cell ei recording; do
    expect 0 new "my-$kind" --from $kind
    silent err
    [ "$(cat out)" = "my-$kind.toml" ] || fail "new --from $kind does not print the file's name"
    [ "$(head -n 40 "my-$kind.toml" | grep -c '^format = 2$')" = 1 ] || fail "--from $kind says no format"
    expect 0 check "my-$kind.toml"
    expect 2 new "my-$kind" --from $kind
    says err "is there already"
done
[ "$("$carve" help new | grep -c '{oja,cell,ei,own-file,pca,recording}')" = 1 ] || fail "carve help new lacks a kind"
expect 0 train my-ei.toml --out ei -q --set search.iterations=1 search.population=4 phase.settle.duration=0.2 phase.record.duration=0.3
for rule in EE EI IE II; do says out "$rule: tau_pre = "; done
# A loss below 0, which a likelihood may have, drops as many terms as one above.
expect 0 train my-recording.toml --out likely -q --set loss.activity.kind=likelihood loss.activity.noise=0.03 \
    'projection.w.weights={ data = "recording.w" }' phase.settle.duration=1
python3 - <<'END' || fail "terms that a likelihood leaves"
import json
result = json.load(open("likely/result.json"))
left = [t["name"] for t in result["rules"][0]["terms"] if t["theta"] != 0]
assert result["loss"]["validation"] < 0 and sorted(left) == ["x y", "y^2 w"], (result["loss"], left)
END
# With the weights that the recording began with, what is found is what it was made by.
expect 0 train my-recording.toml --out recording -q
# The run's task, which states every default, is a task as well.
cp recording.npz recording/
expect 0 eval recording --task recording/task.toml -q
expect 0 train my-recording.toml --out known -q --set 'projection.w.weights={ data = "recording.w" }' phase.settle.duration=1
python3 - <<'END' || fail "a rule fitted to a recording"
import json
for run, least in ("recording", 0.9), ("known", 0.999):
    result = json.load(open(run + "/result.json"))
    assert result["measured"]["probe.explained"]["mean"] > least, (run, result["measured"])
found = {t["name"]: t["theta"] for t in result["rules"][0]["terms"]}
assert abs(found.pop("x y") - 1.5) < 0.1 and abs(found.pop("y^2 w") + 1.5) < 0.1, found
assert all(abs(theta) < 0.05 for theta in found.values()), found
END
rm recording.npz
expect 3 check my-recording.toml
says err "recording.npz'"
expect 0 new plain
cmp -s plain.toml my-oja.toml || fail "new without --from is not that of oja"
expect 0 new my-oja --from pca --force
cmp -s my-oja.toml my-pca.toml || fail "new --force does not replace"
expect 2 new other --from pcaa
says err "did you mean 'pca'?"
expect 2 new other --from nothing
says err "--from oja, "
[ ! -e other.toml ] || fail "a refused new leaves a file"

# The tasks that come with carve: a list, and each as a file that says the same when it is read again.
expect 0 tasks
silent err
cp out list
for file in "$root"/tasks/*.toml "$root"/tasks/networks/*.toml; do
    name=$(basename "$file" .toml)
    grep -q "^  $name  *[^ ]" list || fail "carve tasks does not list $name with a description"
    expect 0 tasks "$name"
    cmp -s out "$file" || fail "carve tasks $name is not $file"
done
for file in "$root"/tasks/new/*.toml; do
    if grep -q "^  $(basename "$file" .toml) " list; then fail "carve tasks lists $file, which is for carve new"; fi
done
expect 0 tasks --json
python3 - <<'END' || fail "carve tasks --json"
import json
tasks = {task["name"]: task["description"] for task in json.load(open("out"))}
listed = dict(line.strip().split(None, 1) for line in open("list") if line.startswith("  "))
assert tasks == listed and "Oja" in tasks["oja"], tasks
END
expect 2 tasks ojaa
says err "did you mean 'oja'?"
expect 2 tasks nothing-like-it
says err "carve tasks lists them"
for name in layer lateral-layer cell; do
    printf 'format = 2\nextends = "%s"\n' $name >child.toml
    [ $name = cell ] || printf '[data.x]\nspectrum = [1, 0.5]\n' >>child.toml
    expect 0 check child.toml
done
printf 'format = 2\nextends = "layr"\n' >child.toml
expect 2 check child.toml
says err "child.toml:2:11: error: "
says err "did you mean 'layer'?"

# A task of carve 0.1, of each kind.
printf '[input]\nspectrum = [1, 0.5, 0]\nsamples = 20\nvary = "scale"\nscale_range = [0.5, 2]\n[network]\nsteps = 60\nw0_sd = 0.2\n[search]\nrestarts = 2\niterations = 6\n[[search.stage]]\nsteps = 30\n[[search.stage]]\naccept = 0.3\n' >gaussian.toml
mkdir old
printf '[input]\nkind = "file"\npath = "../data.csv"\ncolumns = [1, 2]\n[network]\noutputs = 2\nlateral = "hierarchical"\n[loss]\ndecorrelation = 0.5\n' >old/file.toml
printf '[input]\nkind = "spikes"\nredraw = "iteration"\n[cell]\ninhibitory_factors = [0.5, 2]\nheld_out_targets_are = 1\n' >broken.toml
printf '[input]\nkind = "spikes"\nredraw = "iteration"\n[cell]\ninhibitory_factors = [0.5, 2]\nwindow = 5\nheld_out_factors = [3]\n[rule.inhibitory]\ntau_max = 0.1\n[loss]\nkind = "rate"\ntarget = 8\ntuning = 2\n[search]\nmethod = "cma_es"\nrefit = false\n' >spikes.toml
for old in gaussian.toml old/file.toml spikes.toml; do
    expect 2 check "$old"
    says err "carve convert"
    expect 0 convert "$old"
    silent err
    [ "$(head -n 1 out)" = "format = 2" ] || fail "the first line of a converted $old"
    cp out printed.toml
    new=${old%.toml}-2.toml
    expect 0 convert "$old" --out "$new"
    [ "$(cat out)" = "$new" ] || fail "convert --out does not print the file's name"
    cmp -s "$new" printed.toml || fail "convert --out writes what it does not print"
    expect 0 check "$new"
    cp "$new" kept
    expect 2 convert "$old" --out "$new"
    says err "$new is there already"
    cmp -s "$new" kept || fail "a refused convert changes $new"
    expect 0 convert "$old" --out "$new" --force
    expect 2 convert "$new"
    says err "is a task of format 2 already"
    silent out
done
for line in 'scale = { log_uniform = [0.5, 2] }' 'weights = { sd = 0.2, redraw = "iteration" }' 'duration = 60' 'samples = 20' 'accept = 0.3'; do
    says gaussian-2.toml "$line"
done
grep -q 'simulation.duration" = 30' gaussian-2.toml || fail "the stage of a converted task"
for line in 'kind = "file"' 'path = "../data.csv"' 'units = 2' 'connect = "lower"' 'kind = "decorrelation"' 'weight = 0.5'; do
    says old/file-2.toml "$line"
done
for line in 'target = 8' 'window = 5' 'kind = "tuning"' '"population.inh.factor" = [0.5, 2]' '"population.inh.factor" = [3]'; do
    says spikes-2.toml "$line"
done
# It finds what the same task finds that is written by hand.
cat >by-hand.toml <<END
format = 2
extends = "layer"
[simulation]
duration = 60
[projection.feedforward]
weights = { sd = 0.2, redraw = "iteration" }
[data.x]
spectrum = [1, 0.5, 0]
scale = { log_uniform = [0.5, 2] }
samples = 20
[search]
restarts = 2
iterations = 6
[search.stage.first]
set = { "simulation.duration" = 30 }
[search.stage.second]
accept = 0.3
END
for task in gaussian-2 by-hand; do expect 0 train $task.toml --out $task -q; done
[ "$(fingerprint_of gaussian-2)" = "$(fingerprint_of by-hand)" ] || fail "a converted task finds another rule"
# A path is relative to the file that says it.
expect 0 convert old/file.toml --out moved.toml
expect 0 check moved.toml
says moved.toml 'path = "data.csv"'
printf '[input]\nkind = "file"\npath = "%s/data.csv"\n' "$work" >absolute.toml
expect 0 convert absolute.toml
says out "path = \"$work/data.csv\""
# Equal bounds are a value, or a coefficient that is not searched for.
gaussian='[input]\nspectrum = [1, 0.5, 0]\n'
printf "$gaussian"'vary = "scale"\nscale_range = [2, 2]\n' >equal.toml
expect 0 convert equal.toml
says out 'scale = 2'
printf "$gaussian"'[network]\noutputs = 2\nlateral = "hierarchical"\n[rule.lateral]\nterms = ["x y", "w"]\ntheta_min = -1\ntheta_max = -1\n[rule.feedforward]\nterms = ["x y"]\n' >equal.toml
expect 2 convert equal.toml
says err "[rule.lateral] has no coefficient to search for"
printf '[input]\nkind = "spikes"\n[rule.inhibitory]\ntau_min = 0.02\ntau_max = 0.02\n[loss]\nkind = "rate"\n[search]\nmethod = "cma_es"\nrefit = false\n' >equal.toml
expect 0 convert equal.toml
says out 'tau = 0.02'
says out 'fixed = ["tau_pre", "tau_post"]'
printf "$gaussian"'[rule.feedforward]\nw_min = 0\nw_max = 0\n' >equal.toml
expect 2 convert equal.toml
says err "equal.toml:5:9: error: [rule.feedforward]: w_min = 0 needs to be below w_max = 0"
# What is wrong with the converted text is not placed in the old one.
printf "$gaussian"'[rule.feedforward]\ntheta_min = -1\ntheta_max = -1\n' >equal.toml
expect 2 convert equal.toml
says err "(equal.toml converted):"
expect 2 convert broken.toml
says err "broken.toml:6:1: error: unknown key 'held_out_targets_are' in [cell]"
silent out
for missing in 'spectrum = [1, 0.5]' 'scale_range = [0.5, 2]'; do
    printf '[input]\nvary = "spectrum"\n%s\n' "$missing" >half.toml
    expect 2 convert half.toml
    says err "half.toml:2:8: error: "
done
expect 2 convert nosuch.toml
says err "nosuch.toml"
expect 4 convert gaussian.toml --out /nosuch/x.toml

# The schema of task files, for editors: of every table and key.
expect 0 schema
silent err
python3 -m json.tool out >formatted || fail "carve schema is no JSON"
"$carve" help settings >reference
python3 - "$root" <<'END' || fail "carve schema and carve help settings, or a task, do not agree"
import json, re, sys, pathlib
schema = json.load(open("out"))
top = schema["properties"]
assert schema["additionalProperties"] is False and top["format"] == {"const": 2}
def properties(table):
    if not table:
        return top
    if table == "trials.NAME":
        return top["trials"]["additionalProperties"]["properties"]
    if table == "search.stage.NAME":
        return top["search"]["properties"]["stage"]["additionalProperties"]["properties"]
    group, _, named = table.partition(".")
    return (top[group]["additionalProperties"] if named else top[group])["properties"]
table, keys = "", 0
for line in open("reference"):
    if line.startswith("### "):
        table = line[4:].strip().strip("[]") if "[" in line else ""
    elif found := re.match(r"\| `(\w+)`", line):
        assert found[1] in properties(table), (table, found[1])
        keys += 1
assert keys > 100, keys
if sys.version_info >= (3, 11):
    import tomllib
    def walk(value, schema, path):
        if not isinstance(value, dict) or schema.get("type") != "object":
            return
        for key, part in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            assert inner, (path, key)
            walk(part, inner, path + [key])
    for file in pathlib.Path(sys.argv[1], "tasks").rglob("*.toml"):
        walk(tomllib.loads(file.read_text()), schema, [file.name])
END

# Help on a key, by its name or path, on a table, on a kind, and on what there is not.
expect 0 help iterations
says out "search.iterations: iterations per stage"
says out "default  40"
expect 0 help search.iterations
says out "whole number in [1, 10000000] iterations"
for word in data.samples data.NAME.samples data.x.samples; do
    expect 0 help $word
    says out "samples per trial, before antithetic doubling"
done
expect 0 help kind
for table in population rule data loss; do says out "$table.NAME.kind"; done
for word in trials "[trials]"; do
    expect 0 help $word
    says out "[trials]: in how many trials a rule is judged"
    says out "held_out"
done
expect 0 help gaussian
says out "spectrum"
expect 0 help lif
says out "threshold"
expect 2 help sampels
says err "did you mean 'samples'?"
silent out
expect 2 help data.x.sampels
expect 2 help setings
says err "carve help settings"
expect 2 help nothing-like-it
says err "there is no help on 'nothing-like-it'"
finish

#!/bin/sh
# carve show, compare and list: what they say of run directories is what the files there say.
. "$(dirname "$0")/run.sh"
quick_task t.toml
sed 's/^format = 2$/format = 2\ndescription = "a quick one"/' t.toml >told.toml

expect 0 train told.toml --out RUN -q
cp out trained
expect 0 train told.toml --out runs/b -q --seed 2 --set search.l1=0.001
expect 0 train t.toml --out s --seeds 1..3 -q
rm s/seed-3/result.json s/seed-3/checkpoint.bin*

# A finished run: all that training printed, and figures that Python makes of result.json.
expect 0 show RUN
silent err
while IFS= read -r line; do says out "$line"; done <trained
python3 - <<'EOF' || fail "show differs from result.json"
import json
text, d = open("out").read(), json.load(open("RUN/result.json"))
def has(what):
    assert what in text, what
has("task: told, a quick one\n")
has(f"carve {d['carve']}, seed 1\n")
has("state: finished, 2")
has("search: stage 1 gauss_newton, at most 6 iterations; refit, at most 2\n")
has(f"held-out loss: {d['loss']['held_out']:.4g}\n")
has(f"without plasticity: {d['loss']['silent']:.4g}; of oja: {d['loss']['reference']:.4g}"
    + (f"; of random rules: {d['loss']['chance']:.4g}\n" if d['loss']['chance'] is not None else "\n"))
has(f"angle to oja: {d['angle']:.3g} degrees\n")
has(f"fingerprint: {d['fingerprint']}\nreport: RUN/report.html\n")
has(f"iterations: {d['iterations']} (stage 1: {d['phases'][0]['iterations']}, ")
has(f"evaluations: {sum(p['evaluations'] for p in d['phases'])}, ")
for rule in d["rules"]:
    for term in rule["terms"]:
        has(f"{abs(term['theta']):.4g} " + ("x y" if term["x"] else "y^2 w"))
assert text.count("\n") <= 24, "more than a screen"
EOF
expect 0 watch RUN
python3 - <<'EOF' || fail "watch differs from the log"
import json
text = open("out").read().splitlines()
log = [json.loads(line) for line in open("RUN/log.jsonl")]
last = log[-1]
assert text[0].startswith("RUN: told, seed 1, finished"), text[0]
assert text[1].startswith(f"{last['phase']} {last['iteration']} of {last['total']}  loss {last['loss']:.4g}  angle "), text[1]
losses = [line["loss"] for line in log]
assert text[2].split()[0] == f"{max(losses):.4g}" and text[-2].split()[0] == f"{min(losses):.4g}", text
assert text[-1].split() == ["loss", "of", str(len(log)), "iterations"], text[-1]
EOF
expect 2 watch t.toml
says err "t.toml"
expect 0 show RUN/ --json
silent err
strict_json out
python3 - <<'EOF' || fail "show --json"
import json, os, datetime
d = json.load(open("out"))
assert d["result"] == json.load(open("RUN/result.json"))
assert (d["path"], d["kind"], d["state"], d["task"], d["seed"]) == ("RUN", "run", "finished", "told", 1), d
assert d["description"] == "a quick one" and d["report"] == "RUN/report.html"
assert d["stages"] == [{"method": "gauss_newton", "iterations": 6}], d["stages"]
date = datetime.datetime.strptime(d["date"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
assert date == int(os.stat("RUN/result.json").st_mtime), d["date"]
last = json.loads(open("RUN/log.jsonl").read().splitlines()[-1])
assert d["last_iteration"] == {k: last[k] for k in ("phase", "iteration", "total", "loss")}
EOF

# A result that is torn: the file and what is wrong with it, in no words of a library.
mkdir apart; cp -r RUN apart/halved
head -c 200 RUN/result.json >apart/halved/result.json
expect 3 show apart/halved
says err "'apart/halved/result.json' is not a result that carve wrote: parse error at line "
rm -r apart

# Before a search ends: running, interrupted, nothing yet; a line of the log that is torn, or something else, is none.
"$carve" train t.toml --out cut -q --set search.iterations=4000000 search.method=adam >out 2>err </dev/null &
pid=$!
for _ in $(seq 3000); do
    [ -s cut/checkpoint.bin ] && [ -s cut/log.jsonl ] && break
    sleep 0.02
done
expect 0 show cut
says out "state: running, stage 1 iteration "
"$carve" list cut >out 2>err && says out "running, stage 1 "

# carve watch: the last iteration of the log, the curve's ends are those of the log; in a terminal it is drawn
# again until it is interrupted, which the search does not notice.
expect 0 watch cut
silent err
says out ", running"
says out "stage 1 "
says out " of 4000000  loss "
if python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
    timeout 120 python3 - "$carve" watch cut >out 2>err <<'EOF' || fail "carve watch in a terminal"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
drawn = b""
while drawn.count(b", running") < 2:
    drawn += os.read(terminal, 65536)
os.write(terminal, b"\x03")
try:
    while os.read(terminal, 65536):
        pass
except OSError: # the terminal is closed
    pass
assert os.waitpid(pid, 0)[1] == 0
EOF
    kill -0 "$pid" 2>/dev/null || fail "the search ended with the watching"
fi
kill -TERM $pid
wait $pid 2>/dev/null
iterations=$(($(wc -l <cut/log.jsonl)))
printf '{"phase": 3, "theta": []}\n{"phase": "stage 1", "itera' >>cut/log.jsonl
expect 0 show cut
says out "state: interrupted, stage 1 iteration $iterations of 4000000; carve resume cut continues it"
expect 0 show cut --json
strict_json out
says out '"state": "interrupted"'
says out '"result": null'
mkdir begun
cp RUN/carve.json begun
expect 0 show begun
says out "task: not written yet"
cp RUN/task.toml begun
expect 0 show begun
says out "state: nothing yet"

# Of carve 0.1: another task, and a result without what came later.
cp -r RUN old
printf 'name = "oldie"\n[input]\nspectrum = [1, 0.5]\n' >old/task.toml
python3 - <<'EOF'
import json
d = json.load(open("RUN/result.json"))
d["task"] = "oldie"
d["loss"] = {"train": 0.25, "held_out": 0.125}
for key in ("held_out_losses", "stable_variance", "phases", "identifiability", "measured", "form"):
    d.pop(key, None)
json.dump(d, open("old/result.json", "w"))
EOF
expect 0 show old
says out "(task in the format of 0.1)"
says out "held-out loss: 0.125"
says out "task: oldie"
says out "feedforward: dw = eta ("
expect 0 show old --json
strict_json out
says out '"old_format": true'

# Seeds, one of which has not begun; an exploration.
expect 0 show s
python3 - <<'EOF' || fail "show of several seeds"
import json
lines = open("out").read().splitlines()
one, two = (json.load(open(f"s/seed-{n}/result.json"))["loss"]["held_out"] for n in (1, 2))
assert lines[1] == "run: s, 2 of 3 seeds are finished", lines
rows = [line.split() for line in lines[3:6]]
assert [r[0] for r in rows] == ["1", "2", "3"], rows
assert [r[1] for r in rows] == [f"{one:.4f}", f"{two:.4f}", "undefined"], rows
assert rows[2][-2:] == ["nothing", "yet"], rows
assert lines[6] == f"held out: {min(one, two):.4g} .. {max(one, two):.4g}, median {(one + two) / 2:.4g}", lines
EOF
expect 0 show s --json
strict_json out
mkdir explored
cp RUN/carve.json RUN/task.toml explored
printf '{}\n{}\n{}\n' >explored/restarts.jsonl
expect 0 show explored
says out "exploration: explored, 3 restarts are done"
expect 2 compare RUN explored
expect 2 compare RUN s
says err "s/seed-N"

# Runs and a rule side by side.
expect 0 compare RUN runs/b/ oja
silent err
python3 - <<'EOF' || fail "compare differs from the files"
import json
lines = open("out").read().splitlines()
a, b = (json.load(open(f"{run}/result.json")) for run in ("RUN", "runs/b"))
def row(label, *cells):
    found = [line for line in lines if line.startswith(label + "  ")]
    assert found and found[0].split()[len(label.split()):] == list(cells), (label, cells, found)
row("held-out loss", f"{a['loss']['held_out']:.4g}", f"{b['loss']['held_out']:.4g}", "-")
row("angle", f"{a['angle']:.4g}", f"{b['angle']:.4g}", "-")
row("iterations", str(a["iterations"]), str(b["iterations"]), "-")
row("evaluations", str(a["evaluations"]), str(b["evaluations"]), "-")
row("fingerprint", a["fingerprint"], b["fingerprint"], "-")
row("eta", "0.1", "0.1", "-")
def theta(run, x):
    return next(t["theta"] for t in run["rules"][0]["terms"] if t["x"] == x)
row("x y", f"{theta(a, 1):.4g}", f"{theta(b, 1):.4g}", "1")
row("y^2 w", f"{theta(a, 0):.4g}", f"{theta(b, 0):.4g}", "-1")
largest = {x: max(abs(theta(a, x)), abs(theta(b, x)), 1) for x in (0, 1)}
order = [n for n, line in enumerate(lines) if line.startswith("x y ")] < [n for n, line in enumerate(lines) if line.startswith("y^2 w ")]
assert order == (largest[1] > largest[0])
assert "fingerprints: differ" in lines
at = lines.index("the tasks differ in")
assert sorted(lines[at + 1:]) == ["  run.seed: 1 | 2 | -", "  search.l1: 0.1 | 0.001 | -"], lines[at:]
EOF
expect 0 compare RUN runs/b oja cut --json
strict_json out
python3 - <<'EOF' || fail "compare --json"
import json
d = json.load(open("out"))
b = json.load(open("runs/b/result.json"))
assert d["runs"][1]["held_out"] == b["loss"]["held_out"] and d["runs"][1]["fingerprint"] == b["fingerprint"]
assert [r["kind"] for r in d["runs"]] == ["run", "run", "rule", "run"] and d["runs"][3]["held_out"] is None
for c in d["coefficients"]:
    exponents = {"x y": (1, 1, 0), "y^2 w": (0, 2, 1)}[c["term"]]
    theta = next(t["theta"] for t in b["rules"][0]["terms"] if (t["x"], t["y"], t["w"]) == exponents)
    assert c["theta"][1] == theta and c["theta"][3] is None
assert {"path": "search.l1", "values": ["0.1", "0.001", None, "0.1"]} in d["task"], d["task"]
EOF
cp -r RUN same
expect 0 compare RUN same
says out "fingerprints: same"
says out "the tasks are the same"
expect 0 compare RUN old
says out "old: its task has the format of carve 0.1, and is not compared"

# 27 terms, of which the largest 20 are shown; of spikes, time constants in ms.
python3 - <<'EOF'
terms = [f"{{ x = {k // 9}, y = {k // 3 % 3}, w = {k % 3}, theta = {(-1) ** k * (k + 1)} }}" for k in range(27)]
open("many.toml", "w").write("format = 1\n[rule.feedforward]\nterms = [" + ", ".join(terms) + "]\n")
EOF
expect 0 compare many.toml oja
says out "and 7 more"
python3 - <<'EOF' || fail "the largest coefficients come first"
lines = open("out").read().splitlines()
rows = [line.rsplit(None, 2)[1:] for line in lines[lines.index(next(l for l in lines if l.startswith("eta"))) + 1:-1]]
assert [abs(float(row[0])) for row in rows] == list(range(27, 7, -1)), rows
EOF
expect 0 compare vogels_istdp manifold
grep -Eq '^tau_post, ms +20 +100$' out || fail "time constants are not in ms"

# Every run below a directory: ordered by path, links not followed, six levels deep.
mkdir -p 1/2/3/4/5/6/7 none
cp -r begun 1/2/3/4/5/six
cp -r begun 1/2/3/4/5/6/seven
ln -s ../RUN none/link
expect 0 list
silent err
cut -d' ' -f1 out | sed 1d >paths
printf '%s\n' 1/2/3/4/5/six RUN begun cut explored old runs/b s s/seed-1 s/seed-2 s/seed-3 same >wanted
cmp -s paths wanted || fail "list: $(cat paths)"
expect 0 list . --json
strict_json out
python3 - <<'EOF' || fail "list --json"
import json
rows = {row["path"]: row for row in json.load(open("out"))}
result = json.load(open("RUN/result.json"))
assert rows["RUN"]["held_out"] == result["loss"]["held_out"] and rows["RUN"]["angle"] == result["angle"]
assert rows["RUN"]["task"] == "told" and rows["RUN"]["state"] == "finished"
assert rows["cut"]["state"] == "interrupted" and rows["cut"]["detail"].startswith("stage 1 ")
assert rows["s"]["kind"] == "seeds" and rows["s"]["detail"] == "2 of 3 seeds"
losses = [json.load(open(f"s/seed-{n}/result.json"))["loss"]["held_out"] for n in (1, 2)]
assert rows["s"]["held_out"] == sum(losses) / 2
assert rows["explored"]["kind"] == "exploration"
EOF
expect 0 list none
says out "there is no run directory at or below 'none'"
says out "carve train TASK --out DIR makes one"
expect 0 list none --json
[ "$(cat out)" = "[]" ] || fail "list --json of nothing is no empty list"

# Damaged files are named, and hide no other run from the list.
damaged() { # damaged FILE TEXT
    rm -rf broken
    cp -r RUN broken
    printf '%s' "$2" >"broken/$1"
    expect 3 show broken
    says err "broken/$1"
    silent out
    expect 3 compare broken RUN
    [ "$1" != result.json ] || expect 3 resume broken
    expect 0 list
    says out "unreadable, "
    says out "runs/b"
}
damaged result.json '{"carve": "0.1.0", "lo'
damaged result.json '[1, 2]'
damaged result.json '{"task": "t", "rules": [], "loss": 3}'
damaged result.json '{"task": "t", "rules": "none", "loss": {"held_out": 1}}'
damaged result.json '{"task": "t", "rules": [], "loss": {"held_out": 1}, "held_out_losses": 7}'
damaged result.json '{"task": 3, "rules": [], "loss": {"held_out": 1}}'
damaged carve.json '{'
damaged rule.toml 'format = '
damaged task.toml 'format = = 2'
cp RUN/result.json broken
rm broken/rule.toml
cp RUN/task.toml broken
expect 3 show broken
says err "broken/rule.toml"
rm -rf broken

# What is no run, and what was probably meant.
expect 2 show RUNN
says err "did you mean 'RUN'?"
expect 2 show runs/c
says err "did you mean 'runs/b'?"
expect 2 show none
says err "'none' is not a run directory"
expect 2 show t.toml
expect 2 show
expect 2 list nowhere
expect 2 list t.toml
expect 2 compare RUN
says err "two runs or more"
expect 2 compare RUN ojaa
says err "did you mean 'oja'?"
echo 'x = 1' >none.toml
expect 3 compare RUN none.toml
says err "none.toml:1:1"

# The examples of --help work as they stand.
for verb in show compare list; do
    expect 0 help $verb
    sed -n 's/^  carve \(.*[^ ]\)   *[a-z].*/\1/p' out >examples
    [ "$(wc -l <examples)" = 2 ] || fail "$verb --help has not two examples"
    while IFS= read -r example; do
        # shellcheck disable=SC2086
        expect 0 $example
        silent err
    done <examples
done
finish

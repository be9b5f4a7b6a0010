#!/bin/sh
# Signals and kill -9: the search is saved, the exit code says so, and carve resume ends with the same
# rule as a search that nothing has interrupted.
. "$(dirname "$0")/run.sh"
quick_task t.toml
long="search.iterations=20000 search.l1=0.001 search.method=adam"


# In the background until the search is on its way; its process is $pid.
start() {
    # shellcheck disable=SC2086 # word splitting is what makes the assignments
    "$carve" train t.toml --set $long --out "$1" >out 2>err &
    pid=$!
    for _ in $(seq 200); do
        [ -s "$1/log.jsonl" ] && return
        sleep 0.05
    done
    fail "$1: no iteration in ten seconds"
}
same_rule() {
    [ "$(fingerprint_of "$1")" = "$whole" ] || fail "$1: resumed to another rule"
}

# interrupt SIGNAL CODE DIRECTORY
interrupt() {
    start "$3"
    kill -s "$1" $pid
    wait $pid
    got=$?
    [ $got = "$2" ] || fail "$1: exit code $got, not $2"
    says err "carve resume $3"
    [ -s "$3/checkpoint.bin" ] || fail "$1: nothing was saved"
    [ ! -e "$3/result.json" ] || fail "$1: an interrupted search has a result"
    expect 0 resume "$3" --threads 2
    says out "feedforward: dw = "
    same_rule "$3"
}

# shellcheck disable=SC2086
expect 0 train t.toml --set $long --out whole
whole=$(fingerprint_of whole)

interrupt TERM 143 terminated
interrupt USR1 75 warned
interrupt USR2 75 requeued
# A shell that is no terminal starts jobs with SIGINT ignored; env gives it back.
if env --default-signal=INT true 2>/dev/null; then
    real=$carve
    printf '#!/bin/sh\nexec env --default-signal=INT "%s" "$@"\n' "$real" >with_int
    chmod +x with_int
    carve=$work/with_int
    interrupt INT 130 interrupted
    carve=$real
else
    echo "skipped: SIGINT (env cannot restore it)"
fi

# kill -9, again and again.
start killed
for delay in 0 0.1 0.2 0.3; do
    sleep $delay
    kill -KILL $pid
    wait $pid 2>/dev/null
    "$carve" resume killed >out 2>err &
    pid=$!
done
wait $pid || fail "a killed search does not resume"
same_rule killed

# Checkpoints are written while a search runs, every two seconds or so, not only when it is told to stop.
usual=$long
long="search.iterations=1000000 search.method=adam"
start unattended
long=$usual
before=$(cksum <unattended/checkpoint.bin)
for _ in $(seq 100); do
    [ "$(cksum <unattended/checkpoint.bin)" = "$before" ] || break
    sleep 0.1
done
[ "$(cksum <unattended/checkpoint.bin)" != "$before" ] || fail "no new checkpoint in ten seconds"
kill -KILL $pid
wait $pid 2>/dev/null

# A second process; then a finished run, one without a checkpoint, and damaged ones.
start locked
expect 2 resume locked
says err "another process is working on 'locked'"
# shellcheck disable=SC2086
expect 2 train t.toml --set $long --out locked --force
says err "another process is working on 'locked'"
kill -TERM $pid
wait $pid
expect 0 resume whole
says err "is finished"
says out "feedforward: dw = "
expect 0 resume whole --json
says out "\"fingerprint\": \"$whole\""
cp -r locked anew
rm anew/checkpoint.bin*
expect 0 resume anew
same_rule anew
cp -r locked damaged
size=$(wc -c <damaged/checkpoint.bin)
for keep in 0 1 31 40 $((size / 2)) $((size - 1)); do
    head -c "$keep" locked/checkpoint.bin >damaged/checkpoint.bin
    cp locked/checkpoint.bin damaged/checkpoint.bin.prev
    expect 0 resume damaged -q
    same_rule damaged
    rm damaged/result.json
done
head -c 9 locked/checkpoint.bin >damaged/checkpoint.bin
rm damaged/checkpoint.bin.prev
expect 3 resume damaged
says err "is not an intact checkpoint"
cp locked/checkpoint.bin damaged/checkpoint.bin
echo 'name = "other"' >>damaged/task.toml
expect 2 resume damaged
sed -i '$d; s/^duration = 60/duration = 61/' damaged/task.toml
expect 3 resume damaged
says err "is not the task of the checkpoint"
says err "simulation.duration = 60, and not 61"

# Coefficients are found by their names, whatever the order of tables and terms: to the same bits. Others
# are named, of both sides.
cat >two.toml <<END
format = 2
extends = "lateral-layer"
[simulation]
duration = 40
[population.y]
units = 2
[data.x]
spectrum = [1, 0.5, 0.25]
samples = 20
[rule.feedforward]
terms = ["x y", "y^2 w"]
[rule.lateral]
terms = ["x y", "w"]
[trials]
search = 4
validation = 4
held_out = 4
[search]
method = "adam"
refit = false
[search.stage.long]
iterations = 3000
[search.stage.short]
iterations = 10
END
"$carve" train two.toml --out two >out 2>err &
pid=$!
for _ in $(seq 200); do
    [ -s two/log.jsonl ] && break
    sleep 0.05
done
kill -TERM $pid
wait $pid
cp -r two reordered
"$(python_with tomllib)" - two/task.toml reordered/task.toml <<'END' || fail "reordered/task.toml"
import re, sys
text = open(sys.argv[1]).read()
parts = re.split(r"(?m)^(?=\[)", text)
swapped = [re.sub(r"terms = \[(.*), (.*)\]", r"terms = [\2, \1]", part) for part in parts[:0:-1]]
assert [p for p in swapped if p.startswith("[rule")] != [p for p in parts if p.startswith("[rule")]
open("restaged.toml", "w").write(parts[0] + "".join(swapped))
stages = [part for part in swapped if part.startswith("[search.stage.")]
assert len(stages) == 2
rest = [part for part in swapped if part not in stages]
open(sys.argv[2], "w").write(parts[0] + "".join(rest + stages[::-1]))
END
cp -r two restaged
cp restaged.toml restaged/task.toml
expect 3 resume restaged
says err "which has phases, stages or what varies in another order"
cp -r reordered renamed
expect 0 resume two -q
expect 0 resume reordered -q
[ "$(fingerprint_of two)" = "$(fingerprint_of reordered)" ] || fail "tables in another order: another rule"
for run in two reordered; do
    sed -n '/"rules"/,/"measured"/p' $run/result.json >$run-rules
done
diff two-rules reordered-rules >out ||
    fail "tables in another order: another result"
sed -i 's/"x y"/"x y^2"/' renamed/task.toml
cp renamed/checkpoint.bin before
expect 3 resume renamed
says err "'renamed/task.toml' and 'renamed/checkpoint.bin' differ in the coefficients"
says err 'only the checkpoint has "feedforward: x y", "lateral: x y", only the task has "feedforward: x y^2", "lateral: x y^2"'
cmp -s before renamed/checkpoint.bin || fail "a refused search has another checkpoint"
expect 2 resume nowhere
says err "'nowhere' is not a run directory"
finish

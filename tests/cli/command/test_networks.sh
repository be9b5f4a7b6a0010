#!/bin/sh
# Networks of task files: the shipped ones at reduced size, models of the literature, and what a run of one
# promises. What they compute is compared with NumPy in tests/networks.
. "$(dirname "$0")/run.sh"

# NAME, settings: the rule that is found does better than none.
better_than_none() {
    task=$1
    shift
    expect 0 train "$root/tasks/$task.toml" --out "$task" -q "$@"
    python3 - "$task/result.json" <<'END' || fail "$task: no better than without plasticity"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["loss"]["held_out"] < 0.9 * r["loss"]["silent"], r["loss"]
assert all(m["trials"] > 0 for m in r["measured"].values()) and r["measured"], r["measured"]
END
    strict_json "$task/result.json" "$task/log.jsonl"
}
better_than_none own-network --set search.iterations=25 --set trials.held_out=20
better_than_none bcm --set search.iterations=20 --set trials.held_out=12
better_than_none reward --set search.iterations=25 --set phase.learn.duration=2000 --set trials.held_out=20
better_than_none supervised
better_than_none ei --set search.iterations=8 --set phase.settle.duration=1 --set phase.record.duration=1 \
    --set trials.held_out=2 --set search.population=12

# The rule that is found is Widrow and Hoff's.
python3 - supervised/result.json <<'END' || fail "supervised: not the delta rule"
import json, sys
terms = json.load(open(sys.argv[1]))["rules"][0]["terms"]
largest = max(terms, key=lambda t: abs(t["theta"]))
assert largest["name"] == "x e" and largest["theta"] > 1, terms
assert all(abs(t["theta"]) < 0.1 * largest["theta"] for t in terms if t is not largest), terms
END
says supervised/report.html "What the network became"

# A rule found is what it was, on any number of threads, and in another process.
expect 0 eval supervised --task "$root/tasks/supervised.toml" --json --threads 1
cp out one
expect 0 eval supervised --task "$root/tasks/supervised.toml" --json --threads 3
cmp -s out one || fail "the number of threads changes what a rule is"
python3 - one supervised/result.json <<'END' || fail "eval and train judge a rule differently"
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
assert a["loss"]["held_out"] == b["loss"]["held_out"] and a["measured"] == b["measured"]
END

# A rule file is read again whatever its factors are called, also like what a rule for spikes has.
cat >names.toml <<'END'
format = 2
extends = "own-network"
[rule.shared]
terms = ["x y", "x alpha", "y^2 w", "w"]
factors = { alpha = { of = "y", tau = 10 } }
fixed = ["w"]
theta = { sd = 0.1, "w" = -0.1 }
[search]
iterations = 3
[trials]
held_out = 4
END
sed 's/theta = .*/theta = { "w" = -0.1 }/' names.toml >named.toml
expect 0 train named.toml --out named -q
says named/rule.toml 'term = "x alpha"'
says named/rule.toml 'term = "tau_alpha"'
expect 0 eval named --task named.toml --json
python3 - out named/result.json <<'END' || fail "a rule file is another rule than the one that was found"
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
assert a["loss"]["held_out"] == b["loss"]["held_out"], (a["loss"], b["loss"])
END
expect 0 train named.toml --out again --init named -q
expect 2 train named.toml --out foreign --init vogels_istdp -q
says err "--init has a rule 'inhibitory', and task named has none of that name"

# A learning rate that trials differ in is theirs, also where it is the task's.
sed 's/^eta = .*/eta = 0.5/' supervised/rule.toml >fast.toml
expect 0 eval fast.toml --task "$root/tasks/supervised.toml" --set 'trials.vary={"rule.w.eta"=[0.02]}' --json -q
cp out one
expect 0 eval supervised --task "$root/tasks/supervised.toml" --json
python3 - out one <<'END' || fail "a varied learning rate is not the trials'"
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
assert a["measured"] == b["measured"]
END

# Further sets of trials.
cat >sets.toml <<'END'
format = 2
extends = "supervised"
[trials.faster]
count = 6
vary = { "rule.w.eta" = [0.04] }
END
expect 0 eval supervised --task sets.toml
says out "trials.faster: loss "
says out "of 6 trials"

# Models of the literature: simulated, or refused with the place and the word that is missing.
simulated=0
for model in "$root"/tests/tasks/models/*.toml; do
    "$carve" check "$model" >out 2>err </dev/null
    case $? in
    0) simulated=$((simulated + 1)) ;;
    2 | 3) grep -qE "cannot be simulated yet|search needs one|cannot read|cannot be simulated:" err ||
        fail "$model is refused without saying why" ;;
    *) fail "$model ends with another exit code" ;;
    esac
done
[ "$simulated" -ge 7 ] || fail "only $simulated of the models are simulated"

# Stopped, a search of a network of a task file is resumed to the same result.
cat >long.toml <<'END'
format = 2
extends = "bcm"
[search]
iterations = 12
END
expect 0 train long.toml --out whole -q
"$carve" train long.toml --out part -q >out 2>err </dev/null &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -s part/log.jsonl ] && break
    sleep 0.05
done
kill -INT $pid
wait $pid
code=$?
[ $code = 0 ] || [ $code = 130 ] || fail "an interrupted search ends with $code"
[ $code = 0 ] || expect 0 resume part -q
[ "$(fingerprint_of whole)" = "$(fingerprint_of part)" ] || fail "a search that was resumed ends elsewhere"

finish

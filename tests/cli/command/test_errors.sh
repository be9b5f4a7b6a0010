#!/bin/sh
# Wrong command lines and files: exit code, one message on stderr that names the thing, nothing on stdout.
. "$(dirname "$0")/run.sh"
quick_task t.toml
printf 'a,b\n1,2\n' >short.csv
printf 'a,b\n1,2\n3,x\n5,6\n' >word.csv
printf 'format = 9\n' >future.toml
printf 'format = 1\n[rule.feedforward]\nterms = 3\n' >broken.toml
printf 'format = 2\n[simulation]\nsigmaa = 1\n' >unknown.toml
printf '[input]\nspectrum = [1, 0.5]\n' >old.toml
printf '# no table\n' >none.toml
printf 'format = 2\n' >bare.toml
printf '[`' >backtick.toml
printf '\351 = 1\n' >latin1.toml
printf '\303\251 = 1\n' >accent.toml
mkdir empty
echo kept >there.toml

# CODE ; WHAT STDERR SAYS ; ARGUMENTS
while IFS=';' read -r code text args; do
    # shellcheck disable=SC2086 # the arguments are words
    expect "$code" $args
    says err "$text"
    silent out
    head -n 1 err | grep -q 'error: ' || fail "carve $args: the first line is no error"
done <<'END'
2;a verb is missing;
2;there is no verb 'trian';trian t.toml
2;did you mean 'train'?;tran t.toml
2;carve help lists the verbs;frobnicate
2;did you mean 'eval'?;evla
2;TASK is required;train
2;has no option '--tresads';train t.toml --tresads 3
2;did you mean '--threads'?;train t.toml --threds 3
2;did you mean '--force'?;new x --forc
2;carve help train lists the options;train t.toml --generations 3
2;has no option '--json';new x --json
2;takes no argument 'u.toml';train t.toml u.toml
2;--seed;train t.toml --seed
2;--seed one: error: run.seed needs a whole number, not the text "one";train t.toml --seed one
2;--seed -1: error: run.seed = -1 is outside of [0, 9007199254740992];train t.toml --seed -1
2;--threads x: error: run.threads needs a whole number, not the text "x";train t.toml --threads x
2;--threads -1: error: run.threads = -1 is outside of [0, 1024] threads;check t.toml --threads -1
2;--threads 1025: error: run.threads = 1025 is outside of [0, 1024] threads;check t.toml --threads 1025
2;--isa sse2: error: run.isa = "sse2" is none of: auto, softfma, scalar, avx2, avx512, neon;check t.toml --isa sse2
2;did you mean 'avx2'?;check t.toml --isa avx
2;--isa foo: error: ;check t.toml --isa foo
2;nosuch.toml;check nosuch.toml
2;nosuch.toml;train nosuch.toml
2;RULE is required;eval --task t.toml
2;--task is required;eval oja
2;there is no preset, rule file or run directory 'ojaa';eval ojaa --task t.toml
2;did you mean 'oja'?;eval oji --task t.toml
2;carve rules lists the presets;eval nothing-like-it --task t.toml
2;its threshold t is a state;eval bcm_sliding --task t.toml
3;there is no rule.toml in empty;eval empty --task t.toml
3;broken.toml:3:9: error: terms needs a list, not 3;eval broken.toml --task t.toml
6;future.toml has format 9;eval future.toml --task t.toml
6;future.toml:1:10: error: format = 9 is of a later version of carve;check future.toml
2;old.toml:1:1: error: this is no task file of format 2;check old.toml
2;carve convert OLD;check old.toml --set data.x.samples=3
2;broken.toml:1:10: error: this is no task file of format 2;check broken.toml
2;none.toml:1:1: error: this is no task file of format 2;check none.toml
2;bare.toml: error: there is no [population.NAME];check bare.toml
2;--set data.x.samples=0: error: data.x.samples = 0 is outside of [1, 65536] samples;check t.toml --set data.x.samples=0
2;did you mean 'samples'?;check t.toml --set data.x.sampels=3
2;--set input.samples=3: error: there are no [input] tables;check t.toml --set input.samples=3
2;--set population.z.units=3: error: there is no [population.z];check t.toml --set population.z.units=3
2;did you mean 'feedforward'?;check t.toml --set rule.feedfoward.eta=3
2;--set search.diverge=3: error: unknown key 'diverge' in [search];check t.toml --set search.diverge=3
2;did you mean 'diverged'?;check t.toml --set search.diverge=3
2;an override is key=value;check t.toml --set data.x.samples
2;--set;check t.toml --set
2;unknown.toml:3:1: error: unknown key 'sigmaa' in [simulation];check unknown.toml
2;backtick.toml:1:;check backtick.toml
2;latin1.toml:1:1: error: byte 0xE9 is not UTF-8;check latin1.toml
2;accent.toml:1:1: error:;check accent.toml
3;nosuch.csv;check t.toml --set data.x.path=nosuch.csv
3;short.csv;check t.toml --set data.x.path=short.csv
3;word.csv;check t.toml --set data.x.path=word.csv
2;--seeds 'x' is not a range;train t.toml --seeds x --out r
2;--seeds 5..1 needs;train t.toml --seeds 5..1 --out r
2;--seeds '1,,2' is not a range;train t.toml --seeds 1,,2 --out r
2;--seeds '1..' is not a range;train t.toml --seeds 1.. --out r
2;there is no preset, rule file or run directory 'heb';train t.toml --init heb --out r
2;there is no preset 'ojja';rules ojja
2;NAME is required;new
2;there.toml is there already;new there
2;there.toml is there already;new there.toml
2;a task cannot be called;new a"b
4;/nosuch/x.toml;new /nosuch/x
2;--rule is required;simulate t.toml --out x.npz
2;--out is required;simulate t.toml --rule oja
2;--every;simulate t.toml --rule oja --out x.npz --every 0
2;--replicas;simulate t.toml --rule oja --out x.npz --replicas 0
2;there.toml is there already;simulate t.toml --rule oja --out there.toml
4;/nosuch/x.npz;simulate t.toml --rule oja --out /nosuch/x.npz
2;is not empty;train t.toml --out .
4;/proc/nosuch;train t.toml --out /proc/nosuch
END
[ "$(cat there.toml)" = kept ] || fail "a refused command changed there.toml"

# What the environment says is checked like an option.
CARVE_THREADS=many expect 2 check t.toml
says err 'CARVE_THREADS=many: error: run.threads needs a whole number, not the text "many"'
CARVE_THREADS=2000 expect 2 check t.toml
says err "CARVE_THREADS=2000: error: run.threads = 2000 is outside"
CARVE_THREADS=2000 expect 0 check t.toml --threads 1
says out "threads = 1"

# Every fault of a file, with place and help, without color where stderr is no terminal.
printf 'format = 2\nextends = "layer"\n[simulation]\nduration = 0\n[data.x]\nsampels = 3\n' >two.toml
expect 2 check two.toml
printf 'two.toml:4:12: error: simulation.duration = 0 is outside of (0, 1000000000] time\n' >want
printf "two.toml:6:1: error: unknown key 'sampels' in [data.x]\nhelp: did you mean 'samples'?\n" >>want
cmp -s want err || fail "the faults of two.toml"

# What only a network that is built tells has a place, too, and the words of the task.
layer() {
    { printf 'format = 2\nextends = "layer"\n[data.x]\nspectrum = [1, 0.5]\n'; cat; } >place.toml
}
refused() { # place.toml, with each of the texts in the message
    expect 2 check place.toml
    for text in "$@"; do says err "$text"; done
}
layer <<'END'
[loss.a]
kind = "value"
of = "y"
to = "x"
[probe.b]
kind = "value"
of = "y"
to = "x"
mask = "x"
END
refused "place.toml:9:1: error: two measures of population y" "b and that in place.toml:5"
layer <<'END'
[simulation]
batch = 1
[projection.feedforward]
delay = 5000
END
refused "place.toml:8:9: error: projection.feedforward.delay = 5000 cannot be simulated: it must be 0 to 1024 steps"
layer <<'END'
[projection.within]
from = "y"
to = "y"
END
refused 'place.toml:5:1: error: projection.within.inference = "sequential" cannot be simulated' 'connect = "lower"'
printf 'format = 2\nextends = "ei"\n[population.E]\nunits = 60000\n' >place.toml
refused "place.toml:4:9: error: population.E.units = 60000 cannot be simulated: it must be 1 to 4096"
printf 'format = 2\nextends = "ei"\n[simulation]\ndt = 1e-9\n' >place.toml
refused "place.toml:4:6: error: simulation.dt = 1e-09 cannot be simulated: it must be 1e-6 to 0.1 s"
! grep -q "CARVE_" err || fail "a constant of the library in a message"
printf 'x1,x2,o\n' >constant.csv
awk 'BEGIN { srand(4); for (i = 0; i < 60; ++i) printf "%f,%f,0.7\n", rand(), rand() }' >>constant.csv
for kind in value decode; do
    cat >place.toml <<END
format = 2
extends = "layer"
drop = ["loss.components"]
[simulation]
batch = 1
duration = 20
[data.x]
kind = "file"
path = "constant.csv"
columns = ["x1", "x2"]
[loss.rate]
kind = "rate"
of = "y"
[probe.explained]
kind = "$kind"
of = "y"
to = "x.o"
as = "r2"
END
    expect 3 eval oja --task place.toml
    says err 'place.toml:14:1: error: [probe.explained]: "x.o" is constant in a trial, so that there is no r2'
done

# A disk that is full.
if [ -w /dev/full ]; then
    "$carve" rules >/dev/full 2>err
    [ $? = 4 ] || fail "a full disk is exit code 4"
fi
finish

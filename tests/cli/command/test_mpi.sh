#!/bin/sh
# Under mpirun: the same rule as one process finds, for any number of ranks; errors once; signals and a
# lost rank leave a checkpoint that any other number of ranks continues from.
. "$(dirname "$0")/run.sh"
if ! command -v mpirun >/dev/null; then
    echo "skipped: mpirun is not installed"
    exit 77
fi
expect 0 info
if grep -q "MPI not compiled in" out; then
    echo "skipped: carve is built without MPI"
    exit 77
fi
# On this machine alone, whatever it has: as root, without ssh, in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=isolated
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_rmaps_base_oversubscribe=1
# mpirun removes the folder of its sessions at its end, also under another one that begins at that moment.
export OMPI_MCA_orte_tmpdir_base="$work"
quick_task t.toml

same_rule() {
    [ "$(fingerprint_of "$1")" = "$(fingerprint_of "$2")" ] || fail "$2 is another rule than $1"
}
# ranks N CODE COMMAND...: as expect, with N ranks.
ranks() {
    n=$1
    code=$2
    shift 2
    mpirun -n "$n" "$carve" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$code" ] || fail "$n ranks, carve $*: exit code $got, not $code"
}

# Lane blocks of one lane and several data sets: there is something to do for every rank.
gradient="--set run.lane_bytes=8 trials.search=7"
evolution="$gradient search.method=cma_es search.population=12 search.iterations=20"
for search in gradient evolution; do
    eval "options=\$$search"
    # shellcheck disable=SC2086 # word splitting is what makes the options
    expect 0 train t.toml --out $search $options
    for n in 1 2 3 5; do
        # shellcheck disable=SC2086
        ranks $n 0 train t.toml --out $search-$n $options
        same_rule $search $search-$n
        [ "$(grep -c 'feedforward: dw = ' out)" = 1 ] || fail "$n ranks do not print one result"
    done
done
ranks 2 0 train t.toml --out threads --threads 3 --set run.lane_bytes=8 trials.search=7
same_rule gradient threads
ranks 2 0 train t.toml --out seeds --seeds 1..2 -q
[ -s seeds/seed-2/result.json ] || fail "there is no seeds/seed-2"
expect 0 eval oja --task t.toml
cp out alone
ranks 3 0 eval oja --task t.toml
cmp -s out alone || fail "eval with three ranks differs"

# Whole searches, shared out over ranks; few for many ranks are each searched by all.
restarts_of() { sed 's/"seconds":[^,]*,//' "$1/restarts.jsonl"; }
same_restarts() {
    restarts_of "$1" >x
    restarts_of "$2" >y
    cmp -s x y || fail "$1 and $2 hold different restarts"
    cmp -s "$1/solutions.csv" "$2/solutions.csv" || fail "$1 and $2 hold different solutions"
}
explore="t.toml --set search.goal=1.5"
# shellcheck disable=SC2086
expect 0 explore $explore --restarts 7 --out explored --threads 1
cp out alone
for n in 2 3 14; do
    # shellcheck disable=SC2086
    ranks $n 0 explore $explore --restarts 7 --out explored-$n
    cmp -s out alone || fail "explore with $n ranks prints something else"
    same_restarts explored explored-$n
done
# shellcheck disable=SC2086
ranks 2 0 explore $explore --restarts 3 --out explored-more --threads 2 -q
silent err
# shellcheck disable=SC2086
ranks 3 0 explore $explore --restarts 7 --out explored-more
[ "$(grep -cF '3 restarts are done' err)" = 1 ] || fail "three ranks do not say once that 3 restarts are done"
same_restarts explored explored-more
ranks 2 1 explore t.toml --set search.goal=1e-9 --restarts 2 --out none
ranks 3 2 explore t.toml --restarts 7 --out none
expect 0 train t.toml --seeds 1..4 --out seeds-alone -q --threads 1
for n in 3 8; do
    ranks $n 0 train t.toml --seeds 1..4 --out seeds-$n
    cmp -s seeds-$n/seeds.json seeds-alone/seeds.json || fail "$n ranks: another spread"
    for seed in 1 2 3 4; do
        same_rule seeds-alone/seed-$seed seeds-$n/seed-$seed
        [ "$(grep -cx "seed $seed" err)" = 1 ] || [ $n = 8 ] || fail "$n ranks do not tell once of seed $seed"
    done
done

# What is for one process is done once.
expect 0 check t.toml --threads 1
cp out alone
ranks 3 0 check t.toml --threads 1
cmp -s out alone || fail "check with three ranks differs"
ranks 3 0 new mine
[ "$(cat out)" = mine.toml ] || fail "three ranks do not write one task"
ranks 3 0 resume gradient
says err "is finished"

# Errors: of all ranks, of the first one, of another one.
once() { [ "$(grep -cF -- "$1" err)" = 1 ] || fail "'$1' is not there once"; }
ranks 3 2 trian
once "there is no verb 'trian'"
ranks 3 2 train t.toml --out gradient
once "'gradient' is not empty"
mpirun -n 2 "$carve" train t.toml --out torn : -n 1 "$carve" train nosuch.toml --out torn >out 2>err </dev/null
[ $? = 2 ] || fail "a rank that fails does not end the job with its exit code"
once "nosuch.toml"
[ ! -e torn/result.json ] || fail "the others continued without a rank that failed"
sed 's/^samples = 20/samples = 21/' t.toml >other.toml
mpirun -n 2 "$carve" train t.toml --out torn : -n 1 "$carve" train other.toml --out torn >out 2>err </dev/null
[ $? = 3 ] || fail "ranks with other tasks search on"
once "rank 2 has read another task"

rm -f seeds-3/seed-*/result.json seeds-3/seed-2/checkpoint.bin.prev
echo torn >seeds-3/seed-2/checkpoint.bin
ranks 3 3 resume seeds-3
once "seeds-3/seed-2/checkpoint.bin"

# Interrupts. start N DIRECTORY: in the background until the search is on its way; rank K of it is the
# process in pid.K, mpirun is $pid.
long="search.iterations=60000 search.l1=0.001 search.method=adam"
start() {
    # shellcheck disable=SC2016,SC2086 # the ranks expand it; word splitting makes the assignments
    mpirun -n "$1" sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$0" "$@"' \
        "$carve" train t.toml --set $long --out "$2" >out 2>err </dev/null &
    pid=$!
    for _ in $(seq 200); do
        [ -s "$2/checkpoint.bin" ] && return
        sleep 0.05
    done
    fail "$2: no checkpoint in ten seconds"
}
saved() {
    [ -s "$1/checkpoint.bin" ] || fail "$1: nothing was saved"
    [ ! -e "$1/result.json" ] || fail "$1: an interrupted search has a result"
}
# shellcheck disable=SC2086
expect 0 train t.toml --set $long --out whole

start 3 warned
kill -USR1 $pid
wait $pid
[ $? = 75 ] || fail "mpirun does not end with 75 after SIGUSR1"
says err "carve resume warned"
saved warned
expect 0 resume warned
same_rule whole warned

start 2 terminated
kill -TERM $pid
wait $pid
saved terminated
ranks 3 0 resume terminated
same_rule whole terminated

# One rank alone is asked to stop: all do.
start 3 asked
kill -USR2 "$(cat pid.2)"
wait $pid
[ $? = 75 ] || fail "mpirun does not end with 75 after SIGUSR2 to one rank"
saved asked

# Explorations: what is done is kept, in order, and any number of ranks continues.
for who in mpirun 1 2; do
    # shellcheck disable=SC2016,SC2086
    mpirun -n 3 sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$0" "$@"' \
        "$carve" explore $explore --restarts 5000 --out cut-$who >out 2>err </dev/null &
    pid=$!
    for _ in $(seq 400); do
        [ -e cut-$who/restarts.jsonl ] && [ "$(wc -l <cut-$who/restarts.jsonl)" -ge 2 ] && break
        sleep 0.02
    done
    case $who in mpirun) kill -USR1 $pid ;; *) kill -USR1 "$(cat pid.$who)" ;; esac
    wait $pid
    got=$?
    [ $got = 75 ] || fail "an exploration asked to stop by SIGUSR1 to $who: exit code $got"
    done=$(wc -l <cut-$who/restarts.jsonl)
    once "interrupted after $done of 5000 restarts"
    head -7 cut-$who/restarts.jsonl >short
    cat short >cut-$who/restarts.jsonl
    # shellcheck disable=SC2086
    ranks 2 0 explore $explore --restarts 7 --out cut-$who -q
    same_restarts explored cut-$who
done
# shellcheck disable=SC2086
mpirun -n 3 "$carve" train t.toml --set $long --seeds 1..3 --out cut-seeds >out 2>err </dev/null &
pid=$!
for _ in $(seq 400); do
    [ -s cut-seeds/seed-1/checkpoint.bin ] && [ -s cut-seeds/seed-2/checkpoint.bin ] &&
        [ -s cut-seeds/seed-3/checkpoint.bin ] && break
    sleep 0.05
done
kill -USR2 $pid
wait $pid
[ $? = 75 ] || fail "three seeds are not interrupted by SIGUSR2"
for seed in 1 2 3; do
    saved cut-seeds/seed-$seed
    once "carve resume cut-seeds/seed-$seed"
done

start 2 killed
kill -KILL "$(cat pid.1)"
wait $pid && fail "a lost rank is no error"
saved killed
ranks 1 0 resume killed
same_rule whole killed
finish

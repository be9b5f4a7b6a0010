#!/bin/sh
# The first moments of a run: whatever call the process dies at, the same command goes through; and of
# two processes that begin at once the second leaves what the first has done.
. "$(dirname "$0")/run.sh"
quick_task t.toml
if ! strace -qq -o trace true 2>/dev/null; then
    echo "skipped: strace cannot trace here"
    exit 0
fi

# killed CALL N DIRECTORY COMMAND...: dies at the N-th such call; false where it has fewer.
killed() {
    call=$1 n=$2
    rm -rf "$3"
    shift 3
    # The shell would say that its child was killed.
    sh -c '"$@"; exit $?' sh strace -f -qq -o trace -e trace="$call" \
        -e inject="$call:signal=KILL:when=$n" "$carve" "$@" >out 2>err
    grep -q 'killed by SIGKILL' trace
}
# begins CALL DIRECTORY SAVED COMMAND...: until the file SAVED is there.
begins() {
    each=$1 directory=$2 saved=$3
    shift 3
    n=1
    while killed "$each" $n "$directory" "$@"; do
        [ ! -e "$directory/$saved" ] || return 0
        states=$(ls -A "$directory" 2>/dev/null | tr '\n' ' ')
        "$carve" "$@" >out 2>err || fail "carve $*: refused after a kill at $each $n, with $states"
        n=$((n + 1))
    done
}
seen=0
for call in openat mkdir flock write fsync rename close; do
    begins $call run checkpoint.bin train t.toml --out run -q --threads 1
    seen=$((seen + n))
done
[ $seen -gt 30 ] || fail "only $seen calls were reached"
explored="explore t.toml --out some -q --threads 1 --restarts 1 --set search.goal=2"
for call in write fsync rename; do
    # shellcheck disable=SC2086 # the arguments are words
    begins $call some solutions.csv $explored
done

# Files of others are no first files of a run.
mkdir foreign
echo mine >foreign/task.toml
expect 2 train t.toml --out foreign
says err "is not empty"
[ "$(ls -A foreign)" = task.toml ] || fail "a refused directory was changed"
expect 0 train t.toml --out begun -q
rm begun/checkpoint.bin* begun/re* begun/rule.toml
echo mine >begun/notes
expect 2 train t.toml --out begun
[ -s begun/log.jsonl ] || fail "a refused directory was changed"
rm begun/notes
expect 0 train t.toml --out begun -q

# The second looks at the directory, waits before it locks, and by then the first is done.
strace -f -qq -o trace -e trace=flock -e inject=flock:delay_enter=3000000 \
    "$carve" train t.toml --out both -q --seed 2 >out 2>err &
second=$!
for _ in $(seq 100); do
    [ -e both/carve.lock ] && break
    sleep 0.02
done
"$carve" train t.toml --out both -q --seed 1 >first 2>&1 || fail "the first does not end well"
cp both/result.json kept
wait $second
got=$?
[ $got = 2 ] || fail "the second ends with $got, not 2"
says err "'both' is not empty"
cmp -s both/result.json kept || fail "the second replaced what the first had found"
finish

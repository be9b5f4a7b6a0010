#!/bin/sh
# Ctrl-C and SIGTERM: the iteration ends, what was found is written, the exit code says so.
. "$(dirname "$0")/run.sh"
quick_task t.toml

# interrupt SIGNAL CODE DIRECTORY
interrupt() {
    "$carve" train t.toml --set search.iterations=1000000 search.l1=0.001 search.method=adam --out "$3" >out 2>err &
    pid=$!
    for _ in $(seq 100); do
        [ -s "$3/log.jsonl" ] && break
        sleep 0.1
    done
    kill -s "$1" $pid
    wait $pid
    got=$?
    [ $got = "$2" ] || fail "$1: exit code $got, not $2"
    says err "interrupted: what was found is in $3"
    says out "feedforward: dw = "
    [ -s "$3/result.json" ] && [ -s "$3/rule.toml" ] || fail "$1: nothing was saved"
}
# A shell that is no terminal starts jobs with SIGINT ignored; env gives it back.
interrupt TERM 143 terminated
expect 0 train t.toml --init terminated --out on -q
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
finish

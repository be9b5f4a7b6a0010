#!/bin/sh
# Disks that fail: whichever write, sync or rename it is, carve says so, exits with 4, and leaves a
# directory that resumes to the same rule.
. "$(dirname "$0")/run.sh"
quick_task t.toml

resumes() {
    expect 0 resume "$1" -q
    [ "$(fingerprint_of "$1")" = "$whole" ] || fail "$1: resumed to another rule"
}

expect 0 train t.toml --out whole
whole=$(fingerprint_of whole)

# fault CALL ERROR N: the N-th such call on a file of the run fails.
fault() {
    rm -rf run
    strace -f -qq -o trace -e trace="$1" -e inject="$1:error=$2:when=$3" \
        "$carve" train t.toml --out run -q --threads 1 >out 2>err
    got=$?
    grep -q INJECTED trace || return 1
    case $got in
        0) ;; # it did not matter, as for a folder that cannot be synced
        4) says err "error: cannot " ;;
        *) fail "$1 $3 fails with $2: exit code $got" ;;
    esac
    [ ! -e run/carve.json ] || [ ! -e run/task.toml ] || resumes run
}
if strace -qq -o trace true 2>/dev/null; then
    for call in fsync rename; do
        for error in EIO ENOSPC; do
            n=1
            while fault $call $error $n; do n=$((n + 1)); done
            [ $n -gt 3 ] || fail "only $n calls of $call were reached"
        done
    done
    n=1
    while [ $n -lt 60 ] && fault write ENOSPC $n; do n=$((n + 1)); done
    [ $n -gt 8 ] || fail "only $n calls of write were reached"
else
    echo "skipped: injected faults (strace cannot trace here)"
fi

mkdir small
if mount -t tmpfs -o size=64k tmpfs small 2>/dev/null; then
    head -c 57344 /dev/zero >small/ballast
    expect 4 train t.toml --out small/run -q --set search.iterations=3000 search.method=adam
    says err "No space left on device"
    rm small/ballast
    umount small
    mount -t tmpfs -o size=64k tmpfs small
    "$carve" train t.toml --out small/run -q --set search.iterations=3000 search.method=adam >out 2>err
    got=$?
    [ $got = 4 ] || fail "a log that fills the disk: exit code $got, not 4"
    says err "small/run/log.jsonl': No space left on device"
    expect 4 resume small/run -q
    cp -r small/run rescued
    expect 0 resume rescued -q
    umount small
else
    echo "skipped: a full tmpfs (it cannot be mounted here)"
fi

mkdir sealed
if [ "$(id -u)" != 0 ]; then
    chmod a-w sealed
    expect 4 train t.toml --out sealed/run -q
    says err "Permission denied"
    chmod u+w sealed
elif mount -t tmpfs -o ro tmpfs sealed 2>/dev/null; then
    expect 4 train t.toml --out sealed/run -q
    says err "Read-only file system"
    umount sealed
else
    echo "skipped: a read-only directory (root may write everywhere, and cannot mount here)"
fi
finish

#!/bin/sh
# What stands in the place of a run's files, of its directory and of what it reads: nothing of others is
# written through, nothing hangs.
. "$(dirname "$0")/run.sh"
quick_task t.toml
files="carve.json carve.lock task.toml log.jsonl checkpoint.bin"
long="search.iterations=1000000 search.method=adam"
# shellcheck disable=SC2086
"$carve" train t.toml --out begun --set $long >out 2>err &
pid=$!
for _ in $(seq 200); do
    [ -s begun/checkpoint.bin ] && break
    sleep 0.05
done
kill -TERM $pid
wait $pid

# refused CODE FILE KIND COMMAND...: within ten seconds, with the file's name, and the others' file as it was.
refused() {
    code=$1 file=$2 what=$3
    shift 3
    timeout 10 "$carve" "$@" >out 2>err </dev/null
    got=$?
    [ $got = "$code" ] || fail "carve $* with $what in place of $file: exit code $got, not $code"
    says err "$file"
    head -n 1 err | grep -q 'error: ' || fail "carve $* with $what in place of $file: no error"
    [ "$(cat others)" = "$kept" ] || fail "carve $* wrote through $what in place of $file"
}
for name in $files result.json init.toml; do
    for kind in hard soft pipe; do
        rm -rf run
        cp -r begun run
        [ -e "run/$name" ] && cp "run/$name" others || echo mine >others
        kept=$(cat others)
        rm -f "run/$name"
        case $kind in
            hard) ln others "run/$name" ;;
            soft) ln -s ../others "run/$name" ;;
            pipe) mkfifo "run/$name" ;;
        esac
        refused 3 "run/$name" $kind resume run
        [ "$name" != carve.lock ] || refused 3 "run/$name" $kind train t.toml --out run --force
    done
done

# Names that are replaced are replaced, not followed.
for name in task.toml.partial carve.json.partial checkpoint.bin.partial rule.toml.partial; do
    for kind in hard soft pipe; do
        rm -rf run
        cp -r begun run
        kept=mine
        echo mine >others
        case $kind in
            hard) ln others "run/$name" ;;
            soft) ln -s ../others "run/$name" ;;
            pipe) mkfifo "run/$name" ;;
        esac
        timeout 10 "$carve" train t.toml --out run --force -q >out 2>err || fail "--force with $kind at $name"
        [ "$(cat others)" = mine ] || fail "$kind at $name was written through"
    done
done

for kind in hard soft pipe; do
    rm -f new.toml.partial
    echo mine >others
    case $kind in
        hard) ln others new.toml.partial ;;
        soft) ln -s others new.toml.partial ;;
        pipe) mkfifo new.toml.partial ;;
    esac
    timeout 10 "$carve" new new --force >out 2>err || fail "carve new with $kind at new.toml.partial"
    [ "$(cat others)" = mine ] || fail "$kind at new.toml.partial was written through"
    [ -f new.toml ] && [ ! -L new.toml ] || fail "new.toml is no file of its own"
done

# Directories that are no run's.
mkdir photos
echo mine >photos/holiday
expect 2 train t.toml --out photos --force
says err "'photos' holds a holiday, but no run of carve"
[ "$(ls -A photos)" = holiday ] || fail "--force left something in a directory that is no run"
expect 2 explore t.toml --out photos --force --set search.goal=2
[ "$(ls -A photos)" = holiday ] || fail "--force left something in a directory that is no run"
# As no one who may write there; where that cannot be had, only what the command says is not tried.
if [ "$(id -u)" != 0 ]; then
    expect 2 train t.toml --out /
    says err "the root of all files"
elif unshare -r true 2>/dev/null && setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
    chmod 755 "$work"
    setpriv --reuid=65534 --clear-groups "$carve" train t.toml --out / --force >out 2>err
    [ $? = 2 ] || fail "--out / is not refused"
    says err "the root of all files"
else
    echo "skipped: --out / (this process may write there)"
fi
mkdir gone
(cd gone && rmdir ../gone && "$carve" train ../t.toml) >out 2>err
[ $? = 4 ] || fail "a working directory that is gone"
says err "the working directory cannot be reached"

# Pipes in place of what is read; the standard input is one that may be.
mkfifo pipe.toml pipe.csv
kept=mine
refused 2 pipe.toml pipe check pipe.toml
says err "it is a pipe"
refused 3 pipe.csv pipe check t.toml --set data.x.path=pipe.csv
refused 3 pipe.toml pipe eval pipe.toml --task t.toml
refused 4 pipe.csv pipe simulate t.toml --rule oja --out pipe.csv --force
timeout 10 "$carve" check /dev/stdin <t.toml >out 2>err || fail "a task on the standard input"
cat t.toml | timeout 10 "$carve" check /dev/stdin >out 2>err || fail "a task through a pipe"
finish

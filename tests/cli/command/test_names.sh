#!/bin/sh
# Names, keys, columns and paths as others may choose them: they name no directory elsewhere, and no
# byte of theirs that a terminal acts on leaves carve as it is.
. "$(dirname "$0")/run.sh"
quick_task t.toml
escape=$(printf '\033')
clean() {
    if LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177')]" "$@"; then fail "$* holds control characters"; fi
}

# A task's name becomes that of a directory.
named() {
    { printf 'name = %s\n' "$1"; cat t.toml; } >named.toml
    expect 2 train named.toml
    says err "a task cannot be called"
    says err "named.toml:1:8: error: "
    clean err
}
named '"a/../../escape"'
named '"/tmp/escape"'
named '".."'
named '".hidden"'
named '"-rf"'
named '""'
named '"a\nb"'
named '"\u001B[2J"'
named "\"$(printf '%0101d' 0)\""
expect 2 check t.toml --set name=a/b
says err "a slash"
cp t.toml ./-t.toml
expect 2 check ./-t.toml
says err "begins with a dot or a dash"
says err 'name = "..." gives it a name'
expect 0 check ./-t.toml --set name=t
expect 2 new a/.b
[ ! -e ../escape ] && [ ! -e /tmp/escape ] || fail "a run left the working directory"

# Arguments, keys, names and columns in messages and on the standard output.
expect 2 "${escape}[2J"
clean err
expect 2 train t.toml "--${escape}[2J"
clean err
expect 2 check t.toml --set "data.x.${escape}[2J=1"
clean err
expect 2 check t.toml --set "data.x.samples=${escape}[2J"
clean err
expect 2 check "${escape}[2J.toml"
clean err
expect 2 eval "${escape}[31mrule" --task t.toml
clean err
printf 'format = 2\n[simulation]\n"\\u001B[2J" = 1\n' >key.toml
expect 2 check key.toml
clean err
says err '\u001B[2J'
awk 'BEGIN { srand(1); print "a,\033[2Jb,c"; for (i = 0; i < 60; ++i) print rand() "," rand() ",1" }' >columns.csv
expect 0 train t.toml --set data.x.path=columns.csv --out columns --json
clean out err columns/result.json columns/report.html
awk 'BEGIN { srand(1); print "a,\033[2Jb,c"; for (i = 0; i < 60; ++i) print rand() "," (i == 9 ? "x" : rand()) ",1" }' >word.csv
expect 3 check t.toml --set data.x.path=word.csv
clean err
expect 2 slurm t.toml --out "a${escape}b"
clean err

# Paths that are no UTF-8 leave valid documents.
bad=$(printf 'caf\351')
mkdir "$bad"
cp t.toml "$bad/$bad.toml"
cp columns.csv "$bad/$bad.csv"
utf8() {
    python3 - "$@" <<'END' || fail "$* is not valid"
import json, sys
for name in sys.argv[1:]:
    text = open(name, encoding="utf-8").read()
    if name.endswith(".json") or name == "out":
        json.loads(text)
END
}
if printf 'a' >"$bad/try" 2>/dev/null; then
    expect 0 train "$bad/$bad.toml" --out "$bad/run" --json --set "data.x.path=$bad/$bad.csv"
    utf8 out "$bad/run/result.json" "$bad/run/carve.json" "$bad/run/report.html" err
    expect 0 eval "$bad/run" --task "$bad/$bad.toml" --json --set "data.x.path=$bad/$bad.csv"
    utf8 out
    expect 0 train "$bad/$bad.toml" --out "$bad/many" --seeds 1,2 --json
    utf8 out
    expect 0 simulate "$bad/$bad.toml" --rule oja --out "$bad/x.npz" --json
    utf8 out
    expect 0 check "$bad/$bad.toml" --gradient --json
    utf8 out
    expect 0 explore "$bad/$bad.toml" --out "$bad/some" --restarts 1 --set search.goal=2 --json
    utf8 out "$bad/some/summary.json"
fi
finish

# Shared by the scripts: source it with the command and the source folder as arguments.
set -u
carve=$(realpath "$1")
root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CARVE_THREADS SLURM_CPUS_PER_TASK
failures=0

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*" >&2
    sed 's/^/  stdout: /' out >&2
    sed 's/^/  stderr: /' err >&2
}

# expect CODE COMMAND...: runs carve; its output stays in the files out and err.
expect() {
    code=$1
    shift
    "$carve" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$code" ] || fail "carve $*: exit code $got, not $code"
}

says() { grep -qF -- "$2" "$1" || fail "'$2' is not in $1"; }
silent() { [ ! -s "$1" ] || fail "$1 is not empty"; }

# JSON documents, or lines of them, in which a number that is not finite is null.
strict_json() {
    python3 - "$@" <<'END' || fail "$*: not the JSON that docs/files.md promises"
import json, re, sys
def refuse(word):
    raise ValueError(word)
def walk(value):
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        walk(part)
    if isinstance(value, str) and re.fullmatch("[-+]?(nan|inf|infinity)", value, re.I):
        refuse(value)
for path in sys.argv[1:]:
    text = open(path).read()
    for part in text.splitlines() if path.endswith(".jsonl") else [text]:
        walk(json.loads(part, parse_constant=refuse))
END
}

# Of the rule that a run directory holds.
fingerprint_of() { sed -n 's/.*"fingerprint": "\([0-9a-f]*\)".*/\1/p' "$1/result.json"; }

# A task that a search finishes in a moment.
quick_task() {
    cat >"$1" <<END
format = 2
extends = "layer"
[simulation]
duration = 60
[data.x]
spectrum = [1, 0.5, 0]
samples = 20
[rule.feedforward]
terms = ["x y", "y^2 w"]
reference = "oja"
[trials]
search = 4
[search]
iterations = 6
refit_iterations = 2
END
}

# The first interpreter that has a module; fails if none does.
python_with() {
    for python in python3 /usr/bin/python3; do
        "$python" -c "import $1" 2>/dev/null && echo "$python" && return 0
    done
    return 1
}

finish() {
    [ "$failures" = 0 ] || exit 1
    echo "all expectations hold"
}

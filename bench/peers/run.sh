#!/bin/sh
# carve beside PyTorch, NumPy, Brian2 and plain C++, in one process and on one thread:
#   bench/peers/run.sh RESULT.csv [--rounds N] [--only CASE]
# Builds what it needs in build/bench. Peers are optional (scripts/setup.sh peers): those that are
# not installed are named and left out. docs/performance.md says how to read the result.
set -eu
if [ $# = 0 ]; then
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
fi
case $1 in /*) result=$1 ;; *) result=$PWD/$1 ;; esac
shift
cd "$(dirname "$0")/../.."
scripts/build.sh build/bench --buildtype=release -Dtests=disabled -Dcli=disabled -Dbench=enabled >&2
if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=python3; fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export PYTHONPATH="$PWD/api/python" PYTHONDONTWRITEBYTECODE=1
export CARVE_LIBRARY="$PWD/build/bench/lib/libcarve.so.2"
export CARVE_PLAIN="$PWD/build/bench/bench/peers/libcarve_plain.so"
CARVE_REVISION=$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
export CARVE_REVISION
exec "$python" bench/peers/compare.py "$result" "$@"

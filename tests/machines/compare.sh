#!/bin/sh
# compare.sh PROGRAM TABLE: whether the fingerprints that PROGRAM prints are those of TABLE.
# MESON_EXE_WRAPPER, which meson sets, runs programs of another machine. Where a change of the numerics
# is meant (CHANGELOG, Numerics), the table is written anew by
#     build/tests/tests/machines/fingerprints >tests/golden/fingerprints.txt
set -u
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
status=0
${MESON_EXE_WRAPPER:-} "$1" >"$printed" || status=$?
if [ ! -s "$printed" ]; then
  echo "compare.sh: $1 printed nothing, exit status $status" >&2
  exit 1
fi
diff -u "$2" "$printed" || status=1
exit $status
